import { join, resolve } from "node:path";

import { type Page, expect } from "@playwright/test";

const folder = resolve(import.meta.dirname, "../../target/screenshots");

const sizes = [
  { width: 1440, height: 900 },
  { width: 360, height: 780 },
];

/**
 * Keeps pictures of the page, wide and narrow, light and dark, as target/screenshots/NAME-WIDTH-SCHEME.png,
 * and shows that nothing has to be scrolled sideways at either width.
 */
export async function look(page: Page, name: string): Promise<void> {
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(() => document.fonts.ready.then(() => undefined));
      await page.screenshot({
        path: join(folder, `${name}-${size.width}-${colorScheme}.png`),
        fullPage: true,
        animations: "disabled",
      });
    }
    expect.soft(await sideways(page), `what is wider than ${size.width} px on ${name}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** What makes the page, or an open dialog, wider than the window: empty when all is well. */
async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const describe = (element: Element) =>
      `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${element.scrollWidth} px`;
    const scrolling = document.scrollingElement ?? document.documentElement;
    const culprits = [...document.querySelectorAll("dialog[open]")].filter((dialog) => {
      const { left, right } = dialog.getBoundingClientRect();
      return left < 0 || right > innerWidth || dialog.scrollWidth > dialog.clientWidth;
    });
    // A table scrolls in its frame, so that the page does not tell.
    const frames = [...document.querySelectorAll(".c-table-frame")];
    culprits.push(...frames.filter((frame) => frame.scrollWidth > frame.clientWidth));
    if (scrolling.scrollWidth > innerWidth) {
      const beyond = [...document.body.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > innerWidth,
      );
      culprits.push(scrolling, ...beyond.slice(0, 5));
    }
    return culprits.map(describe);
  });
}
