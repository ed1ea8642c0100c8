import { expect, test } from "../support/fixtures.ts";
import {
  action,
  chooseOrganization,
  createUser,
  dialog,
  expectColumns,
  expectFieldError,
  field,
  find,
  menuLink,
  newAccount,
  newPassword,
  open,
  openDialog,
  role,
  row,
  rowAction,
  said,
  signIn,
  signInForTheFirstTime,
  trySignIn,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };

test("an Admin finds the users in the Administration menu, with email, name, role, organization and actions", both, async ({ admin, people }) => {
  await open(admin, "/");
  await menuLink(admin, "Users").click();
  await expect(admin.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
  await expectColumns(admin, "Email", "Name", "Role", "Organization", "Last sign-in", "Created", "Actions");
  const listed = await find(admin, people.orgAdmin.email);
  await expect(listed).toContainText(people.orgAdmin.name);
  await expect(listed).toContainText("Org Admin");
  await expect(listed).toContainText(people.organization.name);
  await expect(rowAction(listed, "Edit")).toBeVisible();
  await expect(rowAction(listed, "Delete")).toBeVisible();
});

test("an Admin filters the users by organization and sees the Global Administrators", async ({ admin, people }) => {
  await open(admin, "/users");
  await chooseOrganization(admin, people.organization.name);
  await expect(row(admin, people.user.email)).toHaveCount(1);
  await expect(row(admin, people.admin.email)).toHaveCount(0);
  await field(admin, "Global Administrators").check();
  await expect(admin).toHaveURL(/[?&]global=/);
  await expect(admin).not.toHaveURL(/[?&]organization=/);
  await expect(row(admin, people.user.email)).toHaveCount(0);
  await expect(field(admin, "Organization")).toBeDisabled();
  await find(admin, people.admin.email);
});

test("an Admin creates a user, who signs in and has to choose a password", both, async ({ admin, openBrowser, people }) => {
  const account = newAccount("new");
  await createUser(admin, account, "User", people.organization);
  const listed = await find(admin, account.email);
  await expect(listed).toContainText(people.organization.name);
  const page = await openBrowser();
  await signInForTheFirstTime(page, account);
  await expect(page.getByText(account.name).first()).toBeVisible();
});

test("an Admin creates a Global Administrator, who has no organization", async ({ admin }) => {
  const account = newAccount("global");
  await open(admin, "/users");
  const form = await openDialog(admin, "New User");
  await field(form, "Email").fill(account.email);
  await field(form, "Name").fill(account.name);
  await field(form, "Password").fill(account.password);
  await role(form).selectOption({ label: "Admin" });
  await chooseOrganization(form, "None (Global Administrator)");
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  await open(admin, "/users?global=true");
  await find(admin, account.email);
});

test("a user without email, name and password is refused at each field", both, async ({ admin }) => {
  allowAnswer(admin, 422);
  await open(admin, "/users");
  const form = await openDialog(admin, "New User");
  await action(form, "Save").click();
  for (const label of ["Email", "Name", "Password"]) await expectFieldError(form, label, /\S/);
});

test("a user's address that is malformed or has an account is refused and what was typed stays", both, async ({ admin, people }) => {
  allowAnswer(admin, 422, 409);
  await open(admin, "/users");
  const form = await openDialog(admin, "New User");
  await field(form, "Email").fill("no address");
  await field(form, "Name").fill("Twice");
  await field(form, "Password").fill(newPassword());
  await role(form).selectOption({ label: "User" });
  await chooseOrganization(form, people.organization.name);
  await action(form, "Save").click();
  await expectFieldError(form, "Email", /\S/);
  await expect(field(form, "Email")).toHaveValue("no address");
  await field(form, "Email").fill(people.user.email);
  // A password is never sent back to the browser, so without scripts it has to be typed again.
  await field(form, "Password").fill(newPassword());
  await action(form, "Save").click();
  await expectFieldError(form, "Email", /already has an account/);
  await expect(field(form, "Name")).toHaveValue("Twice");
});

test("a guessable password for a new user is refused at its field", async ({ admin, people }) => {
  allowAnswer(admin, 422);
  await open(admin, "/users");
  const form = await openDialog(admin, "New User");
  await field(form, "Email").fill(newAccount("weak").email);
  await field(form, "Name").fill("Weak");
  await field(form, "Password").fill("password1234");
  await role(form).selectOption({ label: "User" });
  await chooseOrganization(form, people.organization.name);
  await action(form, "Save").click();
  await expectFieldError(form, "Password", /\S/);
});

test("a user is edited from the detail view and a blank password keeps the current one", both, async ({ admin, openBrowser, people }) => {
  const account = newAccount("edited");
  await createUser(admin, account, "User", people.organization);
  const page = await openBrowser();
  const changed = await signInForTheFirstTime(page, account);

  await (await find(admin, account.email)).getByRole("link", { name: account.email, exact: true }).click();
  await expect(admin.getByText(account.name).first()).toBeVisible();
  const form = await openDialog(admin, "Edit", /^Edit/);
  await expect(field(form, "Password")).toHaveValue("");
  await field(form, "Name").fill("Edited Name");
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  // Back where the dialog was opened, and from there to the list as it was.
  await expect(admin.getByRole("heading", { level: 1, name: "Edited Name" })).toBeVisible();
  await expect(said(admin)).toContainText("Edited Name was saved.");
  await action(admin.getByRole("main"), "Users").click();
  await expect(admin).toHaveURL(new RegExp(`/users\\?q=${encodeURIComponent(account.email)}`));
  await expect(row(admin, "Edited Name")).toHaveCount(1);
  await signIn(await openBrowser(), changed);
});

test("a password set by an Admin ends the user's sessions and must be changed at the next sign-in", async ({ admin, openBrowser, people }) => {
  const account = newAccount("reset");
  await createUser(admin, account, "User", people.organization);
  const page = await openBrowser();
  await signInForTheFirstTime(page, account);

  const given = newPassword();
  await rowAction(await find(admin, account.email), "Edit").click();
  const form = dialog(admin, /^Edit/);
  await field(form, "Password").fill(given);
  await action(form, "Save").click();
  await expect(form).toBeHidden();

  await open(page, "/account");
  await expect(page).toHaveURL(/\/login/);
  await signInForTheFirstTime(page, { ...account, password: given });
});

test("a suspended user cannot sign in until reactivated", async ({ admin, openBrowser, people }) => {
  const account = newAccount("paused");
  await createUser(admin, account, "User", people.organization);
  const page = await openBrowser();
  const changed = await signInForTheFirstTime(page, account);

  await (await find(admin, account.email)).getByRole("link", { name: account.email, exact: true }).click();
  await expect(admin.getByText(account.name).first()).toBeVisible();
  const form = await openDialog(admin, "Suspend", /^Suspend/);
  await action(form, "Suspend").click();
  await expect(form).toBeHidden();
  await expect(admin.getByRole("main").getByText("Suspended", { exact: true })).toBeVisible();
  await open(admin, "/users");
  const suspended = await find(admin, account.email);
  await expect(suspended).toContainText("Suspended");
  // On a telephone the mark stands below the address, which keeps its width: two lines at most.
  await admin.setViewportSize({ width: 360, height: 780 });
  const address = await suspended.getByRole("link", { name: account.email, exact: true }).boundingBox();
  expect(address?.height).toBeLessThan(60);
  await admin.setViewportSize({ width: 1440, height: 900 });

  await open(page, "/account");
  await expect(page).toHaveURL(/\/login/);
  allowAnswer(page, 401, 422);
  await trySignIn(page, changed.email, changed.password);
  await expect(page.getByRole("alert")).toBeVisible();

  await (await find(admin, account.email)).getByRole("link", { name: account.email, exact: true }).click();
  const back = await openDialog(admin, "Reactivate", /^Reactivate/);
  await action(back, "Reactivate").click();
  await expect(back).toBeHidden();
  await open(admin, "/users");
  await expect(await find(admin, account.email)).not.toContainText("Suspended");
  await signIn(page, changed);
});

test("a user is deleted after a confirmation and cannot sign in any more", both, async ({ admin, openBrowser, people }) => {
  const account = newAccount("gone");
  await createUser(admin, account, "User", people.organization);
  const page = await openBrowser();
  const changed = await signInForTheFirstTime(page, account);

  await (await find(admin, account.email)).getByRole("link", { name: account.email, exact: true }).click();
  await expect(admin.getByText(account.name).first()).toBeVisible();
  const form = await openDialog(admin, "Delete", /^Delete .*\?$/);
  await action(form, "Cancel").click();
  await expect(form).toBeHidden();
  await expect(admin.getByRole("heading", { level: 1, name: account.name })).toBeVisible();
  await open(admin, "/users");
  await rowAction(await find(admin, account.email), "Delete").click();
  await action(dialog(admin, /^Delete .*\?$/), "Delete").click();
  await expect(admin).toHaveURL(/\/users(\?|$)/);
  await open(admin, `/users?q=${encodeURIComponent(account.email)}`);
  await expect(row(admin, account.email)).toHaveCount(0);

  await open(page, "/account");
  await expect(page).toHaveURL(/\/login/);
  allowAnswer(page, 401, 422);
  await trySignIn(page, changed.email, changed.password);
  await expect(page.getByRole("alert")).toBeVisible();
});

test("who edits themselves finds no password, role or organization there, but the way to the account page", async ({ admin, people }) => {
  await open(admin, "/users");
  await rowAction(await find(admin, people.admin.email), "Edit").click();
  const form = dialog(admin, /^Edit/);
  await expect(field(form, "Name")).toBeVisible();
  for (const label of ["Password", "Role", "Organization"]) await expect(field(form, label)).toHaveCount(0);
  await expect(form.locator('a[href="/account"]')).toBeVisible();
});
