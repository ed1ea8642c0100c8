import type { Page } from "@playwright/test";

import { expect, test } from "../support/fixtures.ts";
import {
  action,
  createOrganization,
  createUser,
  dialog,
  expectFieldError,
  field,
  find,
  menuLink,
  newAccount,
  newOrganization,
  open,
  openDialog,
  role,
  row,
  rowAction,
  sendInvitation,
  signInForTheFirstTime,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };
const unknown = "0190b5a0-0000-7000-8000-000000000000";

/** The page at `address` is refused, and names the role that it needs. */
async function expectForbidden(page: Page, address: string, needed: RegExp): Promise<void> {
  allowAnswer(page, 403);
  const answer = await page.goto(address);
  expect(answer?.status(), address).toBe(403);
  await expect(page.getByRole("heading", { name: needed })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("contact your administrator");
}

/** The id at the end of the address that is open. */
const idOf = (page: Page): string => new URL(page.url()).pathname.split("/")[2] ?? "";

test("an Org Admin's Organizations menu leads to their own organization, which they can only view", both, async ({ orgAdmin, people }) => {
  await open(orgAdmin, "/");
  await menuLink(orgAdmin, "Organizations").click();
  await expect(orgAdmin).toHaveURL(/\/organizations\/[0-9a-f-]{36}$/);
  await expect(orgAdmin.getByRole("heading", { level: 1, name: people.organization.name })).toBeVisible();
  await expect(orgAdmin.getByText(people.organization.code).first()).toBeVisible();
  for (const name of ["Edit", "Delete"]) await expect(action(orgAdmin.getByRole("main"), name)).toHaveCount(0);
});

test("an Org Admin is refused the organizations of others with the name of the role it needs", both, async ({ orgAdmin }) => {
  await open(orgAdmin, "/organizations");
  const own = idOf(orgAdmin);
  for (const address of ["/organizations/new", `/organizations/${own}/edit`, `/organizations/${own}/delete`]) {
    await expectForbidden(orgAdmin, address, /\bAdmin\b/);
  }
});

test("an Org Admin sees the users of their own organization only", both, async ({ admin, orgAdmin, people }) => {
  const elsewhere = newOrganization("Other House");
  const stranger = newAccount("stranger");
  await createOrganization(admin, elsewhere);
  await createUser(admin, stranger, "User", elsewhere);

  await open(orgAdmin, "/users");
  await find(orgAdmin, people.user.email);
  await expect(field(orgAdmin, "Global Administrators")).toHaveCount(0);
  await open(orgAdmin, `/users?q=${encodeURIComponent(stranger.email)}`);
  await expect(row(orgAdmin, stranger.email)).toHaveCount(0);
});

test("an Org Admin creates users in their own organization, as User or Org Admin but never as Admin", both, async ({ orgAdmin, people }) => {
  const account = newAccount("local");
  await open(orgAdmin, "/users");
  const form = await openDialog(orgAdmin, "New User");
  const roles = role(form).locator("option");
  await expect(roles.filter({ hasText: /^User$/ })).toHaveCount(1);
  await expect(roles.filter({ hasText: /^Org Admin$/ })).toHaveCount(1);
  await expect(roles.filter({ hasText: /^Admin$/ })).toHaveCount(0);
  await expect(form).toContainText(people.organization.name);
  await action(form, "Cancel").click();
  await createUser(orgAdmin, account, "Org Admin");
  await expect(await find(orgAdmin, account.email)).toContainText("Org Admin");
});

test("an Org Admin does not touch an Admin, even one of their own organization", async ({ admin, orgAdmin, people }) => {
  const chief = newAccount("chief");
  await createUser(admin, chief, "Admin", people.organization);
  await open(orgAdmin, "/users");
  const listed = await find(orgAdmin, chief.email);
  await expect(rowAction(listed, "Edit")).toHaveCount(0);
  await expect(rowAction(listed, "Delete")).toHaveCount(0);
  await open(admin, "/users");
  await (await find(admin, chief.email)).getByRole("link", { name: chief.email, exact: true }).click();
  await expect(admin).toHaveURL(/\/users\/[0-9a-f-]{36}/);
  for (const act of ["edit", "suspend", "delete"]) {
    allowAnswer(orgAdmin, 403);
    const answer = await orgAdmin.goto(`/users/${idOf(admin)}/${act}`);
    expect(answer?.status(), act).toBe(403);
    await expect(orgAdmin.getByRole("dialog")).toContainText("Only an Admin can do this");
  }
});

test("an Org Admin invites into their own organization without choosing one", both, async ({ orgAdmin, mailbox, people }) => {
  const { email } = newAccount("joining");
  await sendInvitation(orgAdmin, { email, role: "User" });
  await expect(await find(orgAdmin, email)).toContainText("Pending");
  expect((await mailbox.waitFor(email)).text).toContain(people.organization.name);
});

test("a user of another organization answers like one that does not exist", async ({ admin, orgAdmin }) => {
  const elsewhere = newOrganization("Quiet House");
  const stranger = newAccount("hidden");
  await createOrganization(admin, elsewhere);
  await createUser(admin, stranger, "User", elsewhere);
  await (await find(admin, stranger.email)).getByRole("link", { name: stranger.email, exact: true }).click();
  await expect(admin).toHaveURL(/\/users\/[0-9a-f-]{36}/);

  allowAnswer(orgAdmin, 404);
  const words: string[] = [];
  for (const id of [idOf(admin), unknown]) {
    const answer = await orgAdmin.goto(`/users/${id}`);
    expect(answer?.status()).toBe(404);
    words.push(await orgAdmin.getByRole("main").innerText());
  }
  expect(words[0]).toBe(words[1]);
});

test("a User sees no Administration menu and only their own account", both, async ({ user, people }) => {
  await open(user, "/");
  await expect(user.getByText(people.user.name).first()).toBeVisible();
  for (const item of ["Organizations", "Users", "Invitations"]) await expect(menuLink(user, item)).toHaveCount(0);
});

test("a User is refused every administration page with the name of the role it needs", both, async ({ user }) => {
  await expectForbidden(user, "/organizations", /\bAdmin\b/);
  for (const address of ["/users", "/users/new", "/invitations", "/invitations/new", "/audit"]) {
    await expectForbidden(user, address, /\bOrg Admin\b/);
  }
  await expectForbidden(user, "/tiers", /\bAdmin\b/);
});

test("an Admin who invites without an organization is asked to choose one or to invite as Admin", async ({ admin }) => {
  allowAnswer(admin, 422);
  await open(admin, "/invitations/new");
  const form = dialog(admin, "New Invitation");
  await field(form, "Email").fill(newAccount("nowhere").email);
  await role(form).selectOption({ label: "User" });
  await action(form, "Send").click();
  await expectFieldError(form, "Organization", /Choose an organization, or invite as Admin/);
});

test("a role that changes takes effect on the person's next request", async ({ admin, openBrowser, people }) => {
  const account = newAccount("promoted");
  await createUser(admin, account, "User", people.organization);
  const page = await openBrowser();
  await signInForTheFirstTime(page, account);
  await rowAction(await find(admin, account.email), "Edit").click();
  const form = dialog(admin, /^Edit/);
  await role(form).selectOption({ label: "Org Admin" });
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  await open(page, "/users");
  await expect(page.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
});
