import { expect, test } from "../support/fixtures.ts";
import {
  action,
  chooseOrganization,
  createOrganization,
  createUser,
  dialog,
  expectColumns,
  expectFieldError,
  field,
  find,
  menuLink,
  newAccount,
  newOrganization,
  open,
  openDialog,
  row,
  rowAction,
  sendInvitation,
  unique,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };

test("an Admin finds the organizations in the Administration menu, with name, code, description, tier and actions", both, async ({ admin, people }) => {
  await open(admin, "/");
  await menuLink(admin, "Organizations").click();
  await expect(admin).toHaveURL(/\/organizations$/);
  await expect(admin.getByRole("heading", { level: 1, name: "Organizations" })).toBeVisible();
  await expectColumns(admin, "Name", "Code", "Description", "Tier", "Users", "Created", "Actions");
  const listed = await find(admin, people.organization.name);
  await expect(listed).toContainText(people.organization.code);
  await expect(listed).toContainText(people.organization.description);
  await expect(rowAction(listed, "Edit")).toBeVisible();
  await expect(rowAction(listed, "Delete")).toBeVisible();
});

test("an Admin creates an organization with a tier", both, async ({ admin }) => {
  const organization = newOrganization("Acme Works");
  await createOrganization(admin, organization, "Premium");
  const listed = await find(admin, organization.name);
  await expect(listed).toContainText(organization.code);
  await expect(listed).toContainText("Premium");
});

test("a code is upper-cased on entry and a tier may stay empty", async ({ admin }) => {
  const organization = newOrganization("Lower Case");
  await createOrganization(admin, { ...organization, code: organization.code.toLowerCase() });
  const listed = await find(admin, organization.name);
  await expect(listed).toContainText(organization.code);
  await expect(listed).toContainText("–");
});

test("an organization without name and code is refused at both fields and keeps what was typed", both, async ({ admin }) => {
  allowAnswer(admin, 422);
  await open(admin, "/organizations");
  const form = await openDialog(admin, "New Organization");
  await field(form, "Description").fill("Typed once, kept");
  await action(form, "Save").click();
  await expectFieldError(form, "Name", /\S/);
  await expectFieldError(form, "Code", /\S/);
  await expect(field(form, "Description")).toHaveValue("Typed once, kept");
});

test("a malformed or taken code is refused at its field and the rest of the form stays", both, async ({ admin, people }) => {
  allowAnswer(admin, 422, 409);
  await open(admin, "/organizations");
  const form = await openDialog(admin, "New Organization");
  await field(form, "Name").fill("Twin");
  await field(form, "Code").fill("NOT A CODE!");
  await action(form, "Save").click();
  await expectFieldError(form, "Code", /\S/);
  await expect(field(form, "Code")).toHaveValue(/^not a code!$/i);
  await field(form, "Code").fill(people.organization.code);
  await action(form, "Save").click();
  await expectFieldError(form, "Code", /Another organization has this code/);
  await expect(field(form, "Name")).toHaveValue("Twin");
});

test("an organization is opened from its row and edited", both, async ({ admin }) => {
  const organization = newOrganization("Before Edit");
  const renamed = newOrganization("After Edit");
  await createOrganization(admin, organization);
  await (await find(admin, organization.name)).getByRole("link", { name: organization.name, exact: true }).click();
  await expect(admin.getByRole("heading", { level: 1, name: organization.name })).toBeVisible();
  await expect(admin.getByText(organization.code).first()).toBeVisible();
  const form = await openDialog(admin, "Edit", /^Edit/);
  await expect(field(form, "Name")).toHaveValue(organization.name);
  await expect(field(form, "Code")).toHaveValue(organization.code);
  await field(form, "Name").fill(renamed.name);
  await field(form, "Tier").selectOption({ label: "Standard" });
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  await open(admin, "/organizations");
  const listed = await find(admin, renamed.name);
  await expect(listed).toContainText("Standard");
});

test("a name that looks like HTML is shown as it is, and its page wakes", async ({ admin }) => {
  // Sixty characters: their number, too, is written as `<` into what the page carries to the browser.
  const organization = { ...newOrganization("HTML"), name: "Less < more </script> <b>bold</b>".padEnd(60, "!") };
  await createOrganization(admin, organization);
  await open(admin, "/organizations?q=Less");
  await (await row(admin, organization.name)).getByRole("link", { name: organization.name, exact: true }).click();
  await expect(admin).toHaveURL(/\/organizations\/[\w-]+/);
  await open(admin, new URL(admin.url()).pathname);
  await expect(admin.getByRole("heading", { level: 1, name: organization.name })).toBeVisible();
  const form = await openDialog(admin, "Edit", /^Edit/);
  await expect(field(form, "Name")).toHaveValue(organization.name);
});

test("a tier decides on the AI usage limit, the features and the price", async ({ admin }) => {
  await open(admin, "/organizations/new");
  const form = dialog(admin, "New Organization");
  await field(form, "Name").fill("Half typed");
  const opened = admin.waitForEvent("popup");
  await action(form, "AI Models & Tiers").click();
  const tiers = await opened;
  await expect(tiers).toHaveURL(/\/tiers$/);
  for (const tier of ["Free", "Standard", "Premium", "Enterprise"]) await expect(row(tiers, tier)).toBeVisible();
  await expectColumns(tiers, "Name", "Seats", "AI usage limit", "Features", "Price");
  await expect(field(form, "Name")).toHaveValue("Half typed");
});

test("deleting an organization names what goes with it and asks for its code", both, async ({ admin }) => {
  const organization = newOrganization("Doomed Office");
  const [boss, clerk] = [newAccount("boss"), newAccount("clerk")];
  await createOrganization(admin, organization);
  await createUser(admin, boss, "Org Admin", organization);
  await createUser(admin, clerk, "User", organization);
  await sendInvitation(admin, { email: newAccount("late").email, role: "User", organization });

  await open(admin, "/organizations");
  await (await find(admin, organization.name)).getByRole("link", { name: organization.name, exact: true }).click();
  await expect(admin.getByRole("heading", { level: 1, name: organization.name })).toBeVisible();
  const form = await openDialog(admin, "Delete", /^Delete .*\?$/);
  await expect(form).toContainText(/\b2 users\b/);
  await expect(form).toContainText(/\b1 invitation\b/);

  allowAnswer(admin, 422);
  await form.getByRole("textbox").fill("WRONG");
  await action(form, "Delete").click();
  // Until its answer is there the button swallows further clicks.
  await expectFieldError(form, "Code", /\S/);

  await form.getByRole("textbox").fill(organization.code);
  await action(form, "Delete").click();
  await expect(admin).toHaveURL(/\/organizations(\?|$)/);
  await open(admin, `/organizations?q=${encodeURIComponent(organization.name)}`);
  await expect(row(admin, organization.name)).toHaveCount(0);
  await open(admin, `/users?q=${encodeURIComponent(clerk.email)}`);
  await expect(row(admin, clerk.email)).toHaveCount(0);
});

test("an Admin of a deleted organization becomes a Global Administrator", async ({ admin }) => {
  const organization = newOrganization("Leaving Soon");
  const keeper = newAccount("keeper");
  await createOrganization(admin, organization);
  await createUser(admin, keeper, "Admin", organization);
  await open(admin, "/organizations");
  await rowAction(await find(admin, organization.name), "Delete").click();
  const form = dialog(admin, /^Delete .*\?$/);
  await form.getByRole("textbox").fill(organization.code);
  await action(form, "Delete").click();
  await expect(form).toBeHidden();
  await open(admin, `/users?global=true&q=${encodeURIComponent(keeper.email)}`);
  await expect(row(admin, keeper.email)).toContainText("Admin");
});

test("the list is searched, sorted and sized, and its address says how", { tag: "@noscript" }, async ({ admin, people }) => {
  await open(admin, "/organizations");
  await find(admin, people.organization.code);
  await admin.getByRole("columnheader", { name: "Name" }).getByRole("link").click();
  await expect(admin).toHaveURL(/[?&]sort=/);
  await expect(admin).toHaveURL(/[?&]q=/);
  await open(admin, admin.url());
  await expect(row(admin, people.organization.name)).toHaveCount(1);
  await expect(admin.getByText(/^1–1 of 1$/)).toBeVisible();
});

test("the list is searched also where its address ends with a slash", async ({ admin, people }) => {
  await open(admin, "/organizations/");
  await find(admin, people.organization.code);
  await expect(admin).toHaveURL(/[?&]q=/);
});

test("the list is exported as CSV with the same query", async ({ admin, people }) => {
  await open(admin, "/organizations");
  await find(admin, people.organization.code);
  const download = admin.waitForEvent("download");
  await action(admin, "Export CSV").click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join("");
  expect(text).toContain(people.organization.name);
  expect(text.trim().split("\n")).toHaveLength(2);
});

test("the organization selector of the user list prefills the New User form", async ({ admin, people }) => {
  await open(admin, "/users");
  await chooseOrganization(admin, people.organization.name);
  await expect(admin).toHaveURL(/[?&]organization=/);
  const form = await openDialog(admin, "New User");
  const chosen = await field(form, "Organization").evaluate((element) =>
    element instanceof HTMLSelectElement
      ? element.selectedOptions[0]?.textContent
      : (element as HTMLInputElement).value,
  );
  expect(chosen).toContain(people.organization.name);
});

test("a dialog begins at its first field, and Esc gives the focus back to what opened it", async ({ admin }) => {
  await open(admin, "/organizations");
  const form = await openDialog(admin, "New Organization");
  await expect(field(form, "Name")).toBeFocused();
  await admin.keyboard.press("Escape");
  await expect(form).toBeHidden();
  await expect(action(admin, "New Organization")).toBeFocused();
});

test("who changes a row is at its link again when the list has followed", async ({ admin, people }) => {
  const { name } = people.organization;
  await open(admin, `/organizations?q=${encodeURIComponent(name)}`);
  const edit = row(admin, name).getByRole("link", { name: `Edit ${name}`, exact: true });
  await edit.focus();
  await admin.keyboard.press("Enter");
  const form = dialog(admin, "Edit Organization");
  const description = `Seen by keyboard ${unique()}`;
  await field(form, "Description").fill(description);
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  await expect(row(admin, name)).toContainText(description);
  await expect(edit).toBeFocused();
});

test("who deletes a row by keyboard is at the page's content when it is gone", async ({ admin }) => {
  const organization = newOrganization("Short Lived");
  await createOrganization(admin, organization);
  await open(admin, `/organizations?q=${encodeURIComponent(organization.name)}`);
  await row(admin, organization.name).getByRole("link", { name: `Delete ${organization.name}` }).focus();
  await admin.keyboard.press("Enter");
  const form = dialog(admin, "Delete Organization?");
  await field(form, "Code").fill(organization.code);
  await admin.keyboard.press("Enter");
  await expect(row(admin, organization.name)).toHaveCount(0);
  await expect(admin.locator("#content")).toBeFocused();
});

test("who turns to the last page by keyboard is at the page's content, and no column has moved", async ({ admin }) => {
  await open(admin, "/organizations");
  const name = `Paged ${unique()}`;
  // One more than a page, and what stands on the second is longer than all before.
  const statuses = await admin.evaluate(async (name) => {
    const answers = [...Array(26).keys()].map((number) => {
      const description = number === 25 ? "A long description. ".repeat(10) : "";
      const body = new URLSearchParams({
        name: `${name} ${number + 10}`,
        code: `${name.replace(/\W/g, "")}${number}`,
        description,
      });
      return fetch("/api/organizations/create", { method: "POST", body });
    });
    return (await Promise.all(answers)).map((answer) => answer.status);
  }, name);
  expect(new Set(statuses)).toEqual(new Set([200]));
  await open(admin, `/organizations?sort=name&q=${encodeURIComponent(name)}`);
  const columns = () => admin.getByRole("columnheader").evaluateAll((headings) => headings.map((heading) => heading.getBoundingClientRect().x));
  const before = await columns();
  await admin.getByRole("link", { name: "Next", exact: true }).focus();
  await admin.keyboard.press("Enter");
  await expect(row(admin, `${name} 35`)).toBeVisible();
  await expect(admin.locator("#content")).toBeFocused();
  expect(await columns()).toEqual(before);
});

test("Esc leaves a dialog also before it is modal", async ({ admin }) => {
  await open(admin, "/organizations");
  // So long, that Esc comes before.
  await admin.evaluate(() => { HTMLDialogElement.prototype.showModal = () => { throw new Error("not yet"); }; });
  const form = await openDialog(admin, "New Organization");
  expect(await form.evaluate((element) => element.matches(":modal"))).toBe(false);
  await admin.keyboard.press("Escape");
  await expect(form).toBeHidden();
  await expect(action(admin, "New Organization")).toBeFocused();
});

test("Back does not open a dialog again that was left or saved", async ({ admin }) => {
  const organization = newOrganization("Once Only");
  await open(admin, "/organizations");
  await action(await openDialog(admin, "New Organization"), "Cancel").click();
  const form = await openDialog(admin, "New Organization");
  await field(form, "Name").fill(organization.name);
  await field(form, "Code").fill(organization.code);
  await action(form, "Save").click();
  await expect(form).toBeHidden();
  for (let times = 0; times < 2; times += 1) {
    await admin.goBack();
    await expect(admin).toHaveURL(/\/organizations$/);
    await expect(admin.getByRole("dialog")).toHaveCount(0);
  }
});

test("a dialog opened from a detail page gives the focus to that page's content", async ({ admin, people }) => {
  await open(admin, "/organizations");
  const { name } = people.organization;
  await (await find(admin, name)).getByRole("link", { name, exact: true }).click();
  await expect(admin.getByRole("heading", { level: 1, name })).toBeVisible();
  const form = await openDialog(admin, "Delete", /^Delete .*\?$/);
  await admin.keyboard.press("Escape");
  await expect(form).toBeHidden();
  await expect(admin.locator("#content")).toBeFocused();
});

test("a dialog is an address that can be shared", async ({ admin }) => {
  await open(admin, "/organizations/new");
  await expect(dialog(admin, "New Organization")).toBeVisible();
  await action(dialog(admin, "New Organization"), "Cancel").click();
  await expect(admin).toHaveURL(/\/organizations$/);
});
