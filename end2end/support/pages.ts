import { randomBytes } from "node:crypto";

import { type BrowserContext, type Locator, type Page, expect } from "@playwright/test";

import { type Mail, linkIn } from "./mailbox.ts";

// What people do, by the words that they see. A word of the interface is spelled here once.

export type Role = "Admin" | "Org Admin" | "User";

export interface Account {
  email: string;
  name: string;
  password: string;
}

export interface Organization {
  name: string;
  code: string;
  description: string;
}

/** Contexts in which no script runs: there is no hydration to wait for. */
export const withoutScripts = new WeakSet<BrowserContext>();

/** Six letters that nobody else on this server has. */
export const unique = (): string => randomBytes(3).toString("hex");

export function newAccount(word: string): Account {
  const mark = unique();
  return {
    email: `${word}-${mark}@example.com`,
    name: `${word.charAt(0).toUpperCase()}${word.slice(1)} ${mark}`,
    password: newPassword(),
  };
}

/** A password that nobody guesses. */
export const newPassword = (): string => `quiet lantern ${randomBytes(6).toString("hex")}`;

export function newOrganization(words: string): Organization {
  const mark = unique();
  const initials = words.replaceAll(/[^A-Z]/g, "");
  return { name: `${words} ${mark}`, code: `${initials}-${mark.toUpperCase()}`, description: `Made for ${words}` };
}

// Looking at a page.

/** Opens an address and waits until the page answers to its scripts, if there are any. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await hydrated(page);
}

/** The browser half of the app marks the document when it has taken over. */
export async function hydrated(page: Page): Promise<void> {
  if (withoutScripts.has(page.context())) return;
  await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
}

/** What a page says that has been done or found out: a toast or an alert. */
export const said = (page: Page): Locator => page.getByRole("status").filter({ hasText: /\S/ });

/** A field by its label. */
export const field = (scope: Page | Locator, label: string | RegExp): Locator =>
  scope.getByLabel(label, { exact: true });

/** Something to press, be it a link to an address or a button of a form. */
export const action = (scope: Page | Locator, name: string | RegExp): Locator =>
  scope.getByRole("button", { name, exact: true }).or(scope.getByRole("link", { name, exact: true }));

/** A link of the menu group "Administration". */
export const menuLink = (page: Page, name: string): Locator =>
  page.getByRole("navigation", { name: "Administration" }).getByRole("link", { name, exact: true });

export const dialog = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("dialog", { name, exact: true });

/** The row of a list that shows `text`. */
export const row = (page: Page, text: string): Locator => page.getByRole("row").filter({ hasText: text });

/** Opens a dialog of a page by what it is called on its button. */
export async function openDialog(page: Page, button: string, name: string | RegExp = button): Promise<Locator> {
  await action(page, button).click();
  const opened = dialog(page, name);
  await expect(opened).toBeVisible();
  await hydrated(page);
  return opened;
}

/** An action at the end of a row; its name may go on with what it acts on. */
export const rowAction = (listed: Locator, name: string): Locator => action(listed, new RegExp(`^${name}\\b`));

/** Searches the list that is shown and gives the row of `text`. */
export async function find(page: Page, text: string): Promise<Locator> {
  const search = page.getByRole("searchbox", { name: "Search", exact: true });
  await search.fill(text);
  await search.press("Enter");
  await expect(page).toHaveURL(/[?&]q=/);
  const found = row(page, text);
  await expect(found).toHaveCount(1);
  // The address changes before the list has answered, and the row may have stood there already: the links of a row that was
  // searched for keep the search.
  await expect(found.getByRole("link").first()).toHaveAttribute("href", /[?&]q=/);
  return found;
}

/** What was chosen above a list is followed at once by its scripts; without them there is a button. */
export async function applyFilters(page: Page): Promise<void> {
  if (withoutScripts.has(page.context())) await action(page, "Apply").click();
}

export const role = (scope: Page | Locator): Locator => field(scope, "Role");

/** Chooses an organization in a form or in a list's selector: an ordinary select, or one that searches. */
export async function chooseOrganization(scope: Page | Locator, organization: string): Promise<void> {
  const chooser = field(scope, "Organization");
  if ((await chooser.evaluate((element) => element.tagName)) === "SELECT") {
    const option = chooser.locator("option").filter({ hasText: organization });
    await chooser.selectOption(await option.first().evaluate((element: HTMLOptionElement) => element.value));
  } else {
    await chooser.fill(organization);
    await scope.getByRole("option").filter({ hasText: organization }).click();
  }
}

/** The field is marked as wrong, and the message beside it says why. */
export async function expectFieldError(scope: Page | Locator, label: string, message: RegExp): Promise<void> {
  const wrong = field(scope, label);
  await expect(wrong).toHaveAttribute("aria-invalid", "true");
  await expect(wrong).toHaveAccessibleDescription(message);
}

/** The list's columns, in this order. */
export async function expectColumns(page: Page, ...names: string[]): Promise<void> {
  await expect(page.getByRole("columnheader")).toContainText(names);
}

// Accounts.

/** Follows the one-time link and becomes the first Admin. */
export async function makeFirstAdmin(page: Page, setupLink: string, account: Account): Promise<void> {
  await open(page, setupLink);
  await field(page, "Name").fill(account.name);
  await field(page, "Email").fill(account.email);
  await field(page, "Password").fill(account.password);
  await action(page, "Create Admin").click();
  await expectSignedIn(page);
}

/** Types an address and a password into the sign-in page. */
export async function trySignIn(page: Page, email: string, password: string): Promise<void> {
  await open(page, "/login");
  await field(page, "Email").fill(email);
  await field(page, "Password").fill(password);
  await action(page, "Sign in").click();
}

export async function signIn(page: Page, account: Account): Promise<void> {
  await trySignIn(page, account.email, account.password);
  await expectSignedIn(page);
}

/** Signs in with a password that somebody else has set, and chooses one's own. */
export async function signInForTheFirstTime(page: Page, account: Account): Promise<Account> {
  await trySignIn(page, account.email, account.password);
  await expect(page).toHaveURL(/\/account\/password/);
  await hydrated(page);
  const changed = { ...account, password: newPassword() };
  await changePassword(page, account.password, changed.password);
  // The page of the forced change has "Sign out" too.
  await expect(page).not.toHaveURL(/\/account\/password/);
  await expectSignedIn(page);
  return changed;
}

/** Fills in the page /account/password, which must be open. */
export async function changePassword(page: Page, current: string, next: string): Promise<void> {
  await field(page, "Current password").fill(current);
  await field(page, "New password").fill(next);
  await action(page, "Save").click();
}

export async function signOut(page: Page): Promise<void> {
  await action(page, "Sign out").click();
  await expect(page).toHaveURL(/\/login/);
  await hydrated(page);
}

export async function expectSignedIn(page: Page): Promise<void> {
  await expect(action(page, "Sign out")).toBeVisible();
  await hydrated(page);
}

// Administration. Each journey starts at the list that the guide sends people to.

export async function createOrganization(page: Page, organization: Organization, tier?: string): Promise<void> {
  await open(page, "/organizations");
  const form = await openDialog(page, "New Organization");
  await field(form, "Name").fill(organization.name);
  await field(form, "Code").fill(organization.code);
  await field(form, "Description").fill(organization.description);
  if (tier) await field(form, "Tier").selectOption({ label: tier });
  await action(form, "Save").click();
  await expect(form).toBeHidden();
}

/** Creates a user; without an organization, where the form offers none, it is the Org Admin's own. */
export async function createUser(page: Page, account: Account, as: Role, organization?: Organization): Promise<void> {
  await open(page, "/users");
  const form = await openDialog(page, "New User");
  await field(form, "Email").fill(account.email);
  await field(form, "Name").fill(account.name);
  await field(form, "Password").fill(account.password);
  await role(form).selectOption({ label: as });
  if (organization) await chooseOrganization(form, organization.name);
  await action(form, "Save").click();
  await expect(form).toBeHidden();
}

export interface NewInvitation {
  email: string;
  role: Role;
  organization?: Organization;
  expiresInSeconds?: number;
}

export async function sendInvitation(page: Page, invitation: NewInvitation): Promise<void> {
  await open(page, "/invitations");
  const form = await openDialog(page, "Send Invitation", "New Invitation");
  await field(form, "Email").fill(invitation.email);
  await role(form).selectOption({ label: invitation.role });
  if (invitation.organization) await chooseOrganization(form, invitation.organization.name);
  if (invitation.expiresInSeconds !== undefined) {
    await field(form, "Expires in Seconds").fill(String(invitation.expiresInSeconds));
  }
  await action(form, "Send").click();
  await expect(form).toBeHidden();
}

/** Opens a mail and clicks the link in it whose path starts with `path`. */
export async function followLink(page: Page, mail: Mail, path: string): Promise<void> {
  const link = linkIn(mail, path);
  // A mail is read elsewhere, where our own content policy does not bind it.
  await page.goto("about:blank");
  await page.setContent(mail.html);
  await page.locator(`a[href="${link}"]`).first().click();
  // The token has left the address before anything is shown.
  await expect(page).toHaveURL(new URL(path.replace(/\/$/, ""), link).href);
  await hydrated(page);
}

/** Fills in the page of an invitation's link, which must be open. */
export async function acceptInvitation(page: Page, account: Account): Promise<void> {
  await field(page, "Name").fill(account.name);
  await field(page, "Password").fill(account.password);
  await action(page, "Accept invitation").click();
  await expectSignedIn(page);
}
