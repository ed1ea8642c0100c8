import type { Page } from "@playwright/test";

import { expectAccessible } from "../support/axe.ts";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { linkIn } from "../support/mailbox.ts";
import {
  acceptInvitation,
  action,
  applyFilters,
  chooseOrganization,
  createOrganization,
  createUser,
  dialog,
  expectColumns,
  expectFieldError,
  field,
  find,
  followLink,
  hydrated,
  menuLink,
  newAccount,
  newOrganization,
  open,
  openDialog,
  role,
  row,
  rowAction,
  sendInvitation,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

const both = { tag: ["@both", "@noscript"] };
const acceptPath = "/accept-invitation/";
const withdrawn = "This invitation link is not valid. It may have been withdrawn or replaced by a newer one.";

/** Opens the row of an invitation in the list as it is now. */
async function listed(page: Page, email: string) {
  await open(page, "/invitations");
  return find(page, email);
}

/** Opens a link that is no good any more, and sees why. */
async function expectDead(page: Page, link: string, status: number, words: string): Promise<void> {
  allowAnswer(page, status);
  const answer = await page.goto(link);
  expect(answer?.status()).toBe(status);
  await expect(page.getByText(words)).toBeVisible();
  await hydrated(page);
}

test("an Admin finds the invitations in the Administration menu, with email, role, status and actions", both, async ({ admin, people }) => {
  const { email } = newAccount("listed");
  await sendInvitation(admin, { email, role: "Org Admin", organization: people.organization });
  await menuLink(admin, "Invitations").click();
  await expect(admin.getByRole("heading", { level: 1, name: "Invitations" })).toBeVisible();
  await expectColumns(admin, "Email", "Role", "Organization", "Status", "Sent", "Expires", "Delivery", "Actions");
  const found = await find(admin, email);
  await expect(found).toContainText("Org Admin");
  await expect(found).toContainText("Pending");
  await expect(rowAction(found, "View")).toBeVisible();
  await expect(rowAction(found, "Delete")).toBeVisible();
});

test("an Admin filters the invitations by the organization selector", both, async ({ admin, people }) => {
  const elsewhere = newOrganization("Selected House");
  await createOrganization(admin, elsewhere);
  const [here, there] = [newAccount("here").email, newAccount("there").email];
  await sendInvitation(admin, { email: here, role: "User", organization: people.organization });
  await sendInvitation(admin, { email: there, role: "User", organization: elsewhere });
  await open(admin, "/invitations");
  await chooseOrganization(admin, elsewhere.name);
  await applyFilters(admin);
  await expect(admin).toHaveURL(/[?&]organization=/);
  await expect(row(admin, there)).toHaveCount(1);
  await expect(row(admin, here)).toHaveCount(0);
});

test("the page of an invitation says what to do when nothing was received", both, async ({ admin, people }) => {
  const { email } = newAccount("waiting");
  await sendInvitation(admin, { email, role: "User", organization: people.organization });
  await rowAction(await listed(admin, email), "View").click();
  await expect(admin.getByText("check the spam or junk folder")).toBeVisible();
});

test("an invitation is mailed, its link followed and accepted, and its status becomes Accepted", both, async ({ admin, anonymous, mailbox, people }) => {
  const invitee = newAccount("guest");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  await expect(await find(admin, invitee.email)).toContainText("Pending");

  const mail = await mailbox.waitFor(invitee.email);
  for (const part of [mail.text, mail.html]) {
    expect(part).toContain(people.organization.name);
    expect(part).toContain(people.admin.name);
  }
  await followLink(anonymous, mail, acceptPath);
  const invitation = anonymous.getByRole("main");
  await expect(invitation).toContainText(people.admin.name);
  await expect(invitation).toContainText(people.organization.name);
  await expect(invitation).toContainText("User");
  await acceptInvitation(anonymous, invitee);

  await expect(await listed(admin, invitee.email)).toContainText("Accepted");
  await open(admin, "/users");
  await expect(await find(admin, invitee.email)).toContainText(people.organization.name);
});

test("an accepted invitation's link says so and offers to sign in", both, async ({ admin, anonymous, mailbox, openBrowser, people }) => {
  const invitee = newAccount("twice");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const link = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await open(anonymous, link);
  await acceptInvitation(anonymous, invitee);
  const later = await openBrowser();
  await expectDead(later, link, 410, "This invitation has already been accepted.");
  await expect(action(later.getByRole("main"), "Sign in")).toBeVisible();
});

test("opening an invitation's link does not use it up", async ({ admin, anonymous, mailbox, openBrowser, people }) => {
  const invitee = newAccount("scanned");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const link = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await open(await openBrowser(), link);
  await open(anonymous, link);
  await open(anonymous, link);
  await acceptInvitation(anonymous, invitee);
});

test("resending an invitation mails a new link and the old one dies", both, async ({ admin, anonymous, mailbox, people }) => {
  const invitee = newAccount("again");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const old = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await rowAction(await listed(admin, invitee.email), "Resend").click();
  const form = dialog(admin, /^Resend/);
  await action(form, "Resend").click();
  await expect(form).toBeHidden();
  const mail = await mailbox.waitFor(invitee.email);
  expect(linkIn(mail, acceptPath)).not.toBe(old);
  await expectDead(anonymous, old, 404, withdrawn);
  await followLink(anonymous, mail, acceptPath);
  await acceptInvitation(anonymous, invitee);
});

test("the copied link of an invitation is shown once and works", { tag: "@noscript" }, async ({ admin, anonymous, mailbox, people }) => {
  const invitee = newAccount("copied");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const old = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await rowAction(await listed(admin, invitee.email), "Copy link").click();
  const form = dialog(admin, /link/i);
  await action(form, "Copy link").click();
  const shown = form.locator(`input[readonly][value*="${acceptPath}"]`);
  await expect(shown).toBeVisible();
  const link = await shown.inputValue();
  await expectDead(anonymous, old, 404, withdrawn);
  await open(anonymous, link);
  await acceptInvitation(anonymous, invitee);
});

test("a deleted invitation leaves the list and its link stops working", both, async ({ admin, anonymous, mailbox, people }) => {
  const invitee = newAccount("withdrawn");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const link = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await rowAction(await listed(admin, invitee.email), "Delete").click();
  const form = dialog(admin, /^Delete .*\?$/);
  await action(form, "Delete").click();
  await expect(form).toBeHidden();
  await open(admin, `/invitations?q=${encodeURIComponent(invitee.email)}`);
  await expect(row(admin, invitee.email)).toHaveCount(0);
  await expectDead(anonymous, link, 404, withdrawn);
});

test("a link that was never sent is not valid", { tag: "@noscript" }, async ({ anonymous }) => {
  await expectDead(anonymous, `${acceptPath}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`, 404, withdrawn);
});

test("an invitation expires after the seconds given, asks for a new one and can be sent again", async ({ admin, anonymous, mailbox, people }) => {
  // The shortest life of an invitation is a minute, and this test lets it pass.
  test.setTimeout(240_000);
  const invitee = newAccount("late");
  await sendInvitation(admin, {
    email: invitee.email,
    role: "User",
    organization: people.organization,
    expiresInSeconds: 60,
  });
  const link = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  allowAnswer(anonymous, 410);
  await expect(async () => {
    await open(anonymous, link);
    await expect(anonymous.getByText("This invitation has expired.")).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 90_000, intervals: [2_000] });
  await expect(await listed(admin, invitee.email)).toContainText("Expired");
  await look(anonymous, "invitation-expired");
  await expectAccessible(anonymous);

  await action(anonymous, "Ask for a new invitation").click();
  const renewed = await mailbox.waitFor(invitee.email);
  await mailbox.waitFor(people.admin.email, (mail) => mail.text.includes(invitee.email));
  expect(linkIn(renewed, acceptPath)).not.toBe(link);
  await followLink(anonymous, renewed, acceptPath);
  await acceptInvitation(anonymous, invitee);
  await expect(await listed(admin, invitee.email)).toContainText("Accepted");
});

test("each field of an invitation has its own message and keeps what was typed", both, async ({ admin, people }) => {
  allowAnswer(admin, 422, 409);
  await open(admin, "/invitations");
  const form = await openDialog(admin, "Send Invitation", "New Invitation");
  await field(form, "Email").fill("no address");
  await role(form).selectOption({ label: "User" });
  await chooseOrganization(form, people.organization.name);
  await field(form, "Expires in Seconds").fill("59");
  await action(form, "Send").click();
  await expectFieldError(form, "Email", /\S/);
  await expectFieldError(form, "Expires in Seconds", /60/);
  await expect(field(form, "Email")).toHaveValue("no address");
  await expect(field(form, "Expires in Seconds")).toHaveValue("59");
  await field(form, "Email").fill(people.user.email);
  await field(form, "Expires in Seconds").fill("");
  await action(form, "Send").click();
  await expectFieldError(form, "Email", /already has an account/);
});

test("a second invitation of one address in one organization is refused and offers to resend", async ({ admin, people }) => {
  const { email } = newAccount("double");
  await sendInvitation(admin, { email, role: "User", organization: people.organization });
  allowAnswer(admin, 422, 409);
  await open(admin, "/invitations");
  const form = await openDialog(admin, "Send Invitation", "New Invitation");
  await field(form, "Email").fill(email);
  await role(form).selectOption({ label: "User" });
  await chooseOrganization(form, people.organization.name);
  await action(form, "Send").click();
  await expectFieldError(form, "Email", /pending/i);
  await expect(action(form, "Resend")).toBeVisible();
});

test("an address that was meanwhile created directly cannot accept its invitation any more", async ({ admin, anonymous, mailbox, people }) => {
  const invitee = newAccount("overtaken");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  const link = linkIn(await mailbox.waitFor(invitee.email), acceptPath);
  await createUser(admin, invitee, "User", people.organization);
  allowAnswer(anonymous, 409, 410);
  await open(anonymous, link);
  await expect(anonymous.getByText("This address already has an account.")).toBeVisible();
  await expect(action(anonymous.getByRole("main"), "Sign in")).toBeVisible();
});

test("somebody who is signed in is told so before accepting and may sign out", async ({ admin, mailbox, people, user }) => {
  const invitee = newAccount("other");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  await open(user, linkIn(await mailbox.waitFor(invitee.email), acceptPath));
  await expect(user.getByRole("main")).toContainText(people.user.email);
  await expect(action(user.getByRole("main"), "Sign out")).toBeVisible();
});

test("the list tells a mail's fate, and a refused one can be tried again", async ({ admin, mailbox, people }) => {
  const invitee = newAccount("bounced");
  mailbox.refuse(invitee.email, "No such mailbox here");
  await sendInvitation(admin, { email: invitee.email, role: "User", organization: people.organization });
  await expect(async () => {
    await expect(await listed(admin, invitee.email)).toContainText("Failed", { timeout: 2_000 });
  }).toPass();
  await rowAction(await listed(admin, invitee.email), "View").click();
  await expect(admin.getByText(/No such mailbox here/).first()).toBeVisible();
  mailbox.accept(invitee.email);
  await action(admin, "Retry now").click();
  await mailbox.waitFor(invitee.email);
  await expect(async () => {
    await expect(await listed(admin, invitee.email)).toContainText("Sent", { timeout: 2_000 });
  }).toPass();
});
