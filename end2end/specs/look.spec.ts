import type { Page } from "@playwright/test";

import { expectAccessible } from "../support/axe.ts";
import { expect, test } from "../support/fixtures.ts";
import { look } from "../support/look.ts";
import { linkIn } from "../support/mailbox.ts";
import {
  acceptInvitation,
  action,
  dialog,
  field,
  find,
  newAccount,
  open,
  row,
  rowAction,
  said,
  sendInvitation,
} from "../support/pages.ts";
import { allowAnswer } from "../support/watch.ts";

// Every page and dialog, as each role meets it. Four pictures of each lie in target/screenshots.

async function examine(page: Page, name: string): Promise<void> {
  await look(page, name);
  await expectAccessible(page);
}

const pages = {
  anonymous: { login: "/login", "forgot-password": "/forgot-password" },
  admin: {
    overview: "/",
    organizations: "/organizations",
    users: "/users",
    "users-global": "/users?global=true",
    "users-none-found": "/users?q=nobody-has-this-name",
    invitations: "/invitations",
    "invitations-none-found": "/invitations?q=nobody-has-this-name",
    tiers: "/tiers",
    audit: "/audit",
    account: "/account",
    password: "/account/password",
    "end-sessions": "/account/sessions",
  },
  orgAdmin: {
    overview: "/",
    organization: "/organizations",
    users: "/users",
    invitations: "/invitations",
    tiers: "/tiers",
    audit: "/audit",
  },
  user: { overview: "/", account: "/account" },
} as const;

const newDialogs = {
  "New Organization": "/organizations/new",
  "New User": "/users/new",
  "New Invitation": "/invitations/new",
  "New Tier": "/tiers/new",
} as const;

for (const who of ["anonymous", "admin", "orgAdmin", "user"] as const) {
  for (const [name, address] of Object.entries(pages[who])) {
    test(`the ${name} page of ${who} fits wide and narrow, in light and dark, and is accessible`, async ({ openBrowser, people }) => {
      const page = await openBrowser(who === "anonymous" ? undefined : people[who]);
      await open(page, address);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await examine(page, `${who}-${name}`);
    });
  }
}

for (const [title, address] of Object.entries(newDialogs)) {
  test(`the ${title} dialog fits wide and narrow, in light and dark, and is accessible`, async ({ admin }) => {
    await open(admin, address);
    await expect(dialog(admin, title)).toBeVisible();
    await examine(admin, `dialog-${address.slice(1).replace("/", "-")}`);
  });

  test(`the ${title} dialog with its errors fits wide and narrow, in light and dark, and is accessible`, async ({ admin }) => {
    allowAnswer(admin, 422);
    await open(admin, address);
    const form = dialog(admin, title);
    await form.getByRole("button", { name: /^(Save|Send)$/ }).click();
    await expect(form.locator("[aria-invalid=true]").first()).toBeVisible();
    await examine(admin, `dialog-${address.slice(1).replace("/", "-")}-errors`);
  });
}

for (const list of ["organizations", "users", "invitations"] as const) {
  test(`the detail page and the dialogs of one of the ${list} fit, in light and dark, and are accessible`, async ({ admin, people }) => {
    test.setTimeout(180_000);
    const words = { organizations: people.organization.name, users: people.user.email, invitations: newAccount("seen").email };
    if (list === "invitations") {
      await sendInvitation(admin, { email: words.invitations, role: "User", organization: people.organization });
    }
    await open(admin, `/${list}`);
    await (await find(admin, words[list])).getByRole("link", { name: words[list], exact: true }).click();
    await expect(admin).toHaveURL(new RegExp(`/${list}/[0-9a-f-]{36}`));
    const detail = new URL(admin.url()).pathname;
    await open(admin, detail);
    await expect(admin.getByRole("heading", { level: 1 })).toBeVisible();
    await examine(admin, `${list}-detail`);

    const acts = { organizations: ["edit", "delete"], users: ["edit", "suspend", "delete"], invitations: ["resend", "link", "delete"] };
    for (const act of acts[list]) {
      await open(admin, `${detail}/${act}`);
      await expect(admin.getByRole("dialog")).toBeVisible();
      await examine(admin, `dialog-${list}-${act}`);
    }
  });
}

test("the dialogs of a tier fit wide and narrow, in light and dark, and are accessible", async ({ admin }) => {
  await open(admin, "/tiers");
  const edit = await rowAction(row(admin, "Standard"), "Edit").getAttribute("href");
  for (const act of ["edit", "delete"]) {
    await open(admin, (edit ?? "").replace(/edit$/, act));
    await expect(admin.getByRole("dialog")).toBeVisible();
    await examine(admin, `dialog-tiers-${act}`);
  }
});

test("the page of a link to reset a password fits wide and narrow, in light and dark, and is accessible", async ({ anonymous, mailbox, people }) => {
  await open(anonymous, "/forgot-password");
  await field(anonymous, "Email").fill(people.orgAdmin.email);
  await action(anonymous, "Send link").click();
  await expect(said(anonymous)).toBeVisible();
  await examine(anonymous, "forgot-password-asked");
  const mail = await mailbox.waitFor(people.orgAdmin.email, ({ text }) => text.includes("/reset-password/"));
  await open(anonymous, linkIn(mail, "/reset-password/"));
  await expect(field(anonymous, "New password")).toBeVisible();
  await examine(anonymous, "reset-password");
});

test("the setup page fits wide and narrow, in light and dark, and is accessible", async ({ newUsher, openBrowser }) => {
  const page = await openBrowser(undefined, newUsher);
  await open(page, await newUsher.setupLink);
  await examine(page, "setup");
});

test("the page and the mail of an invitation fit wide and narrow, in light and dark, and are accessible", async ({ admin, anonymous, mailbox, people }) => {
  const { email } = newAccount("pictured");
  await sendInvitation(admin, { email, role: "User", organization: people.organization });
  const mail = await mailbox.waitFor(email);
  await anonymous.setContent(mail.html);
  await examine(anonymous, "mail-invitation");
  await open(anonymous, linkIn(mail, "/accept-invitation/"));
  await expect(action(anonymous, "Accept invitation")).toBeVisible();
  await examine(anonymous, "accept-invitation");
  // Seen by somebody who is signed in as somebody else, and after it was accepted.
  await open(admin, linkIn(mail, "/accept-invitation/"));
  await expect(admin.getByText("You are signed in as")).toBeVisible();
  await examine(admin, "accept-invitation-as-somebody-else");
  await acceptInvitation(anonymous, { ...newAccount("pictured"), email });
  allowAnswer(admin, 410);
  await open(admin, linkIn(mail, "/accept-invitation/"));
  await expect(admin.getByText("already been accepted")).toBeVisible();
  await examine(admin, "invitation-accepted");
});

test("the pages that refuse fit wide and narrow, in light and dark, and are accessible", async ({ anonymous, user }) => {
  allowAnswer(anonymous, 404);
  allowAnswer(user, 403, 404);
  await open(anonymous, "/accept-invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  await examine(anonymous, "invitation-not-valid");
  await open(user, "/users");
  await examine(user, "forbidden");
  await open(user, "/no-such-page");
  await examine(user, "not-found");
});
