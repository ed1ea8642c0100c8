import { expect, test } from "../support/fixtures.ts";
import {
  action,
  expectSignedIn,
  field,
  makeFirstAdmin,
  menuLink,
  newAccount,
  open,
  signIn,
  signOut,
  trySignIn,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };

test("the setup link makes the first Admin, who signs out and in again", both, async ({ newUsher, openBrowser }) => {
  const page = await openBrowser(undefined, newUsher);
  const account = newAccount("first");
  await makeFirstAdmin(page, await newUsher.setupLink, account);
  for (const item of ["Organizations", "Users", "Invitations"]) await expect(menuLink(page, item)).toBeVisible();
  await signOut(page);
  await signIn(page, account);
  await expect(page.getByText(account.name).first()).toBeVisible();
});

test("the setup link works only once", async ({ newUsher, openBrowser }) => {
  const page = await openBrowser(undefined, newUsher);
  const setupLink = await newUsher.setupLink;
  await makeFirstAdmin(page, setupLink, newAccount("first"));
  await signOut(page);
  allowAnswer(page, 404);
  const answer = await page.goto(setupLink);
  expect(answer?.status()).toBe(404);
});

test("a setup link that nobody printed is not valid", async ({ newUsher, openBrowser }) => {
  const page = await openBrowser(undefined, newUsher);
  allowAnswer(page, 404);
  const answer = await page.goto("/setup/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  expect(answer?.status()).toBe(404);
});

test("a weak first password is refused at its field and nothing typed is lost", { tag: "@noscript" }, async ({ newUsher, openBrowser }) => {
  const page = await openBrowser(undefined, newUsher);
  const account = newAccount("first");
  allowAnswer(page, 422);
  await open(page, await newUsher.setupLink);
  await field(page, "Name").fill(account.name);
  await field(page, "Email").fill(account.email);
  await field(page, "Password").fill("password1234");
  await action(page, "Create Admin").click();
  await expect(field(page, "Password")).toHaveAttribute("aria-invalid", "true");
  await expect(field(page, "Name")).toHaveValue(account.name);
  await expect(field(page, "Email")).toHaveValue(account.email);
});

test("a wrong password and an unknown address are answered alike", { tag: "@noscript" }, async ({ anonymous, people }) => {
  allowAnswer(anonymous, 401, 422);
  await trySignIn(anonymous, people.user.email, "not the password at all");
  const refusal = anonymous.getByRole("alert");
  await expect(refusal).toBeVisible();
  const words = (await refusal.textContent()) ?? "";
  await trySignIn(anonymous, newAccount("nobody").email, "not the password at all");
  await expect(refusal).toHaveText(words);
  await expect(field(anonymous, "Password")).toBeVisible();
});

test("a page that needs an account leads to the sign-in page and back to where one wanted to go", async ({ anonymous, people }) => {
  await open(anonymous, "/users?role=user");
  await expect(anonymous).toHaveURL(/\/login/);
  await field(anonymous, "Email").fill(people.orgAdmin.email);
  await field(anonymous, "Password").fill(people.orgAdmin.password);
  await action(anonymous, "Sign in").click();
  await expect(anonymous).toHaveURL(/\/users\?role=user/);
  await expectSignedIn(anonymous);
});
