import type { Page } from "@playwright/test";

import { type People, expect, test } from "../support/fixtures.ts";
import { linkIn } from "../support/mailbox.ts";
import {
  type Account,
  action,
  changePassword,
  createUser,
  expectFieldError,
  expectSignedIn,
  field,
  followLink,
  hydrated,
  newAccount,
  newPassword,
  open,
  said,
  sendInvitation,
  signIn,
  signInForTheFirstTime,
  signOut,
  trySignIn,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };
const resetPath = "/reset-password/";

/** Somebody for this test alone, signed in on `page` and past the forced change. */
async function settled(admin: Page, page: Page, people: People): Promise<Account> {
  const account = newAccount("somebody");
  await createUser(admin, account, "User", people.organization);
  return signInForTheFirstTime(page, account);
}

async function askForReset(page: Page, email: string): Promise<void> {
  await open(page, "/login");
  await page.locator('a[href^="/forgot-password"]').click();
  await expect(page).toHaveURL(/\/forgot-password/);
  await hydrated(page);
  await field(page, "Email").fill(email);
  await page.getByRole("main").getByRole("button", { name: /^Send/ }).click();
  await expect(said(page)).toBeVisible();
}

test("a person changes their own name", both, async ({ admin, anonymous, people }) => {
  await settled(admin, anonymous, people);
  await open(anonymous, "/account");
  await field(anonymous, "Name").fill("Known Otherwise");
  await action(anonymous, "Save").click();
  // The frame of the page names who is signed in.
  await expect(anonymous.getByRole("link", { name: "Known Otherwise" })).toBeVisible();
  await open(anonymous, "/account");
  await expect(field(anonymous, "Name")).toHaveValue("Known Otherwise");
});

test("a person changes their own password, and only the new one signs in", both, async ({ admin, anonymous, openBrowser, people }) => {
  const account = await settled(admin, anonymous, people);
  const next = newPassword();
  await open(anonymous, "/account/password");
  await changePassword(anonymous, account.password, next);
  await expect(anonymous).toHaveURL(/\/account$/);
  const later = await openBrowser();
  allowAnswer(later, 401, 422);
  await trySignIn(later, account.email, account.password);
  await expect(later.getByRole("alert")).toBeVisible();
  await signIn(later, { ...account, password: next });
});

test("a wrong current password and a guessable new one are refused at their fields", both, async ({ admin, anonymous, people }) => {
  const account = await settled(admin, anonymous, people);
  allowAnswer(anonymous, 401, 422);
  await open(anonymous, "/account/password");
  await changePassword(anonymous, "certainly not this one", newPassword());
  await expectFieldError(anonymous, "Current password", /\S/);
  await changePassword(anonymous, account.password, "password1234");
  await expectFieldError(anonymous, "New password", /\S/);
});

test("a password set by somebody else must be changed before any other page opens", both, async ({ admin, anonymous, people }) => {
  const account = newAccount("forced");
  await createUser(admin, account, "Org Admin", people.organization);
  await trySignIn(anonymous, account.email, account.password);
  await expect(anonymous).toHaveURL(/\/account\/password/);
  await open(anonymous, "/users");
  await expect(anonymous).toHaveURL(/\/account\/password/);
  await changePassword(anonymous, account.password, newPassword());
  await expect(anonymous).not.toHaveURL(/\/account\/password/);
  await expectSignedIn(anonymous);
  await open(anonymous, "/users");
  await expect(anonymous).toHaveURL(/\/users$/);
});

test("a forgotten password is replaced by a link in a mail, which works once", both, async ({ admin, anonymous, mailbox, openBrowser, people }) => {
  const account = newAccount("forgetful");
  await createUser(admin, account, "User", people.organization);
  const before = await openBrowser();
  const known = await signInForTheFirstTime(before, account);

  await askForReset(anonymous, account.email);
  const mail = await mailbox.waitFor(account.email, ({ text }) => text.includes(resetPath));
  await followLink(anonymous, mail, resetPath);
  const next = newPassword();
  await field(anonymous, "New password").fill(next);
  await action(anonymous, "Save").click();
  await expect(field(anonymous, "New password")).toBeHidden();

  const later = await openBrowser();
  allowAnswer(later, 401, 404, 410, 422);
  const used = await later.goto(linkIn(mail, resetPath));
  expect([404, 410]).toContain(used?.status());
  await trySignIn(later, account.email, known.password);
  await expect(later.getByRole("alert")).toBeVisible();
  await signIn(later, { ...account, password: next });
  // The sessions from before the reset are gone.
  await open(before, "/account");
  await expect(before).toHaveURL(/\/login/);
});

test("a forgotten password of an unknown address is answered in the same words", async ({ anonymous, openBrowser, people }) => {
  await askForReset(anonymous, people.user.email);
  const words = (await said(anonymous).textContent()) ?? "";
  const other = await openBrowser();
  await askForReset(other, newAccount("nobody").email);
  await expect(said(other)).toHaveText(words);
});

test("somebody with only a pending invitation who forgot the password gets the invitation again", async ({ admin, anonymous, mailbox, people }) => {
  const { email } = newAccount("impatient");
  await sendInvitation(admin, { email, role: "User", organization: people.organization });
  const first = linkIn(await mailbox.waitFor(email), "/accept-invitation/");
  await askForReset(anonymous, email);
  expect(linkIn(await mailbox.waitFor(email), "/accept-invitation/")).not.toBe(first);
});

test("the account page lists a person's sessions and signs out everywhere else", both, async ({ admin, anonymous, openBrowser, people }) => {
  const account = await settled(admin, anonymous, people);
  const elsewhere = await openBrowser();
  await signIn(elsewhere, account);
  await open(anonymous, "/account");
  await expect(anonymous.getByText("127.0.0.1")).toHaveCount(2);
  await anonymous.getByRole("link", { name: "Sign out everywhere else" }).click();
  await hydrated(anonymous);
  allowAnswer(anonymous, 422);
  await field(anonymous, "Current password").fill("certainly not this one");
  await action(anonymous, "Sign out everywhere else").click();
  await expectFieldError(anonymous, "Current password", /\S/);
  await field(anonymous, "Current password").fill(account.password);
  await action(anonymous, "Sign out everywhere else").click();
  await expect(anonymous).toHaveURL(/\/account$/);
  await expect(anonymous.getByText("127.0.0.1")).toHaveCount(1);
  await open(elsewhere, "/account");
  await expect(elsewhere).toHaveURL(/\/login/);
  await open(anonymous, "/account");
  await expect(anonymous).toHaveURL(/\/account$/);
});

test("a theme that was chosen outlives signing out", async ({ openBrowser, people }) => {
  const page = await openBrowser();
  await signIn(page, people.user);
  await page.getByRole("button", { name: "Dark theme" }).first().click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await signOut(page);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
