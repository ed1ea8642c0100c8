import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";

/** Every rule of WCAG 2.0, 2.1 and 2.2 on levels A and AA that axe can check. */
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];

/** What the levels do not ask for, and people who listen to a page miss all the same. */
const pageRules = ["landmark-unique", "page-has-heading-one"];

const looks = [
  { colorScheme: "light", width: 1440, height: 900 },
  { colorScheme: "dark", width: 360, height: 780 },
] as const;

/** axe finds nothing on the page as it is, wide and light, narrow and dark. */
export async function expectAccessible(page: Page): Promise<void> {
  // A mail is no page of ours.
  const isOurs = page.url() !== "about:blank";
  const rules = Object.fromEntries(pageRules.map((rule) => [rule, { enabled: isOurs }]));
  for (const { colorScheme, ...size } of looks) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page })
      .options({ runOnly: { type: "tag", values: tags }, rules })
      .analyze();
    const findings = violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}`).join("\n")}`,
    );
    expect.soft(findings, `what axe finds at ${page.url()}, ${size.width} px in ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize({ width: 1440, height: 900 });
}
