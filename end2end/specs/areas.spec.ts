import type { Page } from "@playwright/test";

import { expect, test } from "../support/fixtures.ts";
import { hydrated, open } from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

// The console is loaded by areas: each page brings the code of its own, and the rest comes when it is asked for.

/** The parts of the console that a page asks for from now on. */
function partsLoadedBy(page: Page): string[] {
  const loaded: string[] = [];
  page.on("request", (request) => {
    const part = /\/assets\/(\w+)-\w+\.wasm$/.exec(request.url());
    if (part?.[1]) loaded.push(part[1]);
  });
  return loaded;
}

test("an area is loaded when its first page is opened", async ({ admin }) => {
  const loaded = partsLoadedBy(admin);
  await open(admin, "/users");
  await admin.getByRole("link", { name: "Tiers" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Tiers" })).toBeVisible();
  expect(loaded).not.toContain("audit");
  await admin.getByRole("link", { name: "Audit log" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Audit log" })).toBeVisible();
  expect(loaded.filter((part) => part === "audit")).toHaveLength(1);
});

test("a list begins without its dialogs, whose code comes when somebody points at a link to them", async ({ admin }) => {
  const loaded = partsLoadedBy(admin);
  await open(admin, "/users");
  expect(loaded).not.toContain("user");
  const link = admin.getByRole("link", { name: "New user" });
  await link.hover();
  await expect.poll(() => loaded).toContain("user");
  await link.click();
  await expect(admin.getByRole("dialog", { name: "New user" })).toBeVisible();
  expect(loaded.filter((part) => part === "user")).toHaveLength(1);
});

test("the code of a dialog comes when its link is reached by keyboard", async ({ admin }) => {
  const loaded = partsLoadedBy(admin);
  await open(admin, "/tiers");
  expect(loaded).not.toContain("tier");
  await admin.getByRole("link", { name: "New tier" }).focus();
  await expect.poll(() => loaded).toContain("tier");
});

test("an area that does not come is no dead end: the server has the page", async ({ admin }) => {
  allowAnswer(admin, 404);
  await open(admin, "/users");
  // As in a tab that was open while the server was updated.
  const part = /\/assets\/audit-\w+\.wasm$/;
  await admin.context().route(part, (route) => route.fulfill({ status: 404 }));
  await admin.getByRole("link", { name: "Audit log" }).click();
  await expect(admin).toHaveURL(/\/audit$/);
  await expect(admin.getByRole("heading", { level: 1, name: "Audit log" })).toBeVisible();
  await expect(admin.locator("html")).not.toHaveAttribute("data-hydrated");
  await admin.context().unroute(part);
  await open(admin, "/audit");
});

test("a dialog that does not come is the server's page, and Back leaves it for the list", async ({ admin }) => {
  allowAnswer(admin, 404);
  await open(admin, "/tiers");
  const part = /\/assets\/tier-\w+\.wasm$/;
  await admin.context().route(part, (route) => route.fulfill({ status: 404 }));
  const before = await admin.evaluate(() => history.length);
  await admin.getByRole("link", { name: "New tier" }).click();
  const dialog = admin.getByRole("dialog", { name: "New tier" });
  await expect(dialog).toBeVisible();
  await expect(admin).toHaveURL(/\/tiers\/new$/);
  await expect(admin.locator("html")).not.toHaveAttribute("data-hydrated");
  expect(await admin.evaluate(() => history.length)).toBe(before + 1);
  await admin.goBack();
  await expect(admin).toHaveURL(/\/tiers$/);
  await expect(dialog).toBeHidden();
  await hydrated(admin);
  await admin.context().unroute(part);
});

test("a page that wakes asks for nothing that it came with", async ({ admin }) => {
  const asked: string[] = [];
  admin.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) asked.push(pathname);
  });
  for (const page of ["/", "/organizations", "/users", "/users/new", "/invitations", "/tiers", "/audit", "/account"]) {
    await open(admin, page);
  }
  expect(asked).toEqual([]);
  // What it did not come with is asked for.
  await admin.getByRole("link", { name: "Tiers" }).click();
  await expect(admin.getByRole("heading", { level: 1, name: "Tiers" })).toBeVisible();
  expect(asked).toContain("/api/tiers/list");
});
