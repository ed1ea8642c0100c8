import type { Page } from "@playwright/test";

import { expectAccessible } from "../support/axe.ts";
import { codeOf, freshCodeOf } from "../support/authenticator.ts";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import {
  action,
  createOrganization,
  createUser,
  expectSignedIn,
  field,
  hydrated,
  newAccount,
  newOrganization,
  open,
  openDialog,
  said,
  signInForTheFirstTime,
  signOut,
  trySignIn,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

/** Pictures, and whether everybody can use it: once, where there is script. */
async function examine(page: Page, name: string): Promise<void> {
  if (test.info().project.name !== "chromium") return;
  await look(page, name);
  await expectAccessible(page);
}

const both = { tag: ["@both", "@noscript"] };
const page = "/account/second-factor";

test("a second factor is set up, asked for, and reset by an administrator", both, async ({ admin, anonymous, people }) => {
  const account = newAccount("guarded");
  await createUser(admin, account, "User", people.organization);
  const settled = await signInForTheFirstTime(anonymous, account);

  await open(anonymous, "/account");
  await anonymous.getByRole("main").getByRole("link", { name: "Second factor" }).click();
  await hydrated(anonymous);
  await examine(anonymous, "second-factor-off");
  await field(anonymous, "Current password").fill(settled.password);
  await action(anonymous, "Set up").click();

  await expect(anonymous.getByRole("img", { name: "QR code for your authenticator" })).toBeVisible();
  await hydrated(anonymous);
  await examine(anonymous, "second-factor-begun");
  const secret = await anonymous.getByText("Type this as the key:").locator("code").innerText();
  allowAnswer(anonymous, 422);
  await field(anonymous, "Code").fill("000000");
  await action(anonymous, "Turn on").click();
  await expect(anonymous.getByText("This code is wrong, or was used already.")).toBeVisible();
  await field(anonymous, "Code").fill(await freshCodeOf(secret));
  await action(anonymous, "Turn on").click();
  const codes = anonymous.getByRole("main").getByRole("listitem").filter({ hasText: /^\w{6}(-\w{6}){3}$/ });
  await expect(codes).toHaveCount(10);
  const recoveryCode = (await codes.first().innerText()).trim();
  await examine(anonymous, "second-factor-codes");
  await anonymous.getByRole("link", { name: "I have kept them" }).click();
  await expect(anonymous).toHaveURL(/\/account$/);
  await open(anonymous, page);
  await expect(anonymous.getByText("10 recovery codes")).toBeVisible();
  await examine(anonymous, "second-factor-on");

  await signOut(anonymous);
  await trySignIn(anonymous, settled.email, settled.password);
  await expect(anonymous.getByRole("heading", { name: "Enter your code" })).toBeVisible();
  await hydrated(anonymous);
  await examine(anonymous, "sign-in-code");
  // Whoever goes on typing types the code.
  await expect(field(anonymous, "Code")).toBeFocused();
  // The code that turned it on counts no more.
  await field(anonymous, "Code").fill(codeOf(secret, -1));
  await action(anonymous, "Sign in").click();
  await expect(anonymous.getByText("This code is wrong, or was used already.")).toBeVisible();
  await field(anonymous, "Code").fill(recoveryCode);
  await action(anonymous, "Sign in").click();
  await expectSignedIn(anonymous);

  await open(admin, `/users?q=${encodeURIComponent(settled.email)}`);
  await admin.getByRole("link", { name: settled.email }).click();
  await expect(admin.getByText("On, since")).toBeVisible();
  await hydrated(admin);
  await examine(admin, "user-with-second-factor");
  const dialog = await openDialog(admin, "Reset second factor", "Reset Second Factor?");
  await examine(admin, "user-reset-second-factor");
  await action(dialog, "Reset").click();
  await expect(said(admin).filter({ hasText: "The second factor was reset." })).toBeVisible();
  await expect(admin.getByText("On, since")).toHaveCount(0);

  await open(anonymous, "/account");
  await expect(anonymous).toHaveURL(/\/login/);
  await trySignIn(anonymous, settled.email, settled.password);
  await expectSignedIn(anonymous);
});

test("an organization requires a second factor of everybody in it", both, async ({ admin, anonymous }) => {
  const organization = newOrganization("Guarded");
  await createOrganization(admin, organization);
  const account = newAccount("chief");
  await createUser(admin, account, "Org Admin", organization);
  const settled = await signInForTheFirstTime(anonymous, account);
  await open(admin, `/organizations?q=${encodeURIComponent(organization.code)}`);
  await admin.getByRole("link", { name: organization.name }).first().click();
  await hydrated(admin);
  await action(admin, "Require").click();
  await expect(action(admin, "No longer require")).toBeVisible();
  await hydrated(admin);
  await examine(admin, "organization-requires-second-factor");

  // Also in a session that was open before.
  await open(anonymous, "/users");
  await expect(anonymous).toHaveURL(new RegExp(`${page}$`));
  await expect(anonymous.getByText("Set up your second factor first")).toBeVisible();
  await field(anonymous, "Current password").fill(settled.password);
  await action(anonymous, "Set up").click();
  const key = anonymous.getByText("Type this as the key:").locator("code");
  await expect(key).toBeVisible();
  await hydrated(anonymous);
  await field(anonymous, "Code").fill(await freshCodeOf(await key.innerText()));
  await action(anonymous, "Turn on").click();
  await anonymous.getByRole("link", { name: "I have kept them" }).click();
  await expect(anonymous).toHaveURL(/\/account$/);
  await open(anonymous, "/users");
  await expect(anonymous.getByRole("heading", { name: "Users" })).toBeVisible();
});
