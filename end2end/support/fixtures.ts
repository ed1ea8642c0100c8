import { type Browser, type BrowserContext, type Page, type TestInfo, test as base } from "@playwright/test";

import type { Engine } from "./database.ts";
import { Mailbox } from "./mailbox.ts";
import {
  type Account,
  type Organization,
  createOrganization,
  createUser,
  makeFirstAdmin,
  newAccount,
  newOrganization,
  signInForTheFirstTime,
  withoutScripts,
} from "./pages.ts";
import { Usher } from "./usher.ts";
import { expectNoProblems, watch } from "./watch.ts";

type SignIn = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Somebody with an account, and the cookies of a session that is theirs. */
export interface Person extends Account {
  signIn: SignIn;
}

/** Who lives on a worker's server before its first test. */
export interface People {
  admin: Person;
  orgAdmin: Person;
  user: Person;
  /** Where the Org Admin and the User belong. */
  organization: Organization;
}

export interface WorkerOptions {
  /** The database that the servers under test use. */
  engine: Engine;
}

interface WorkerFixtures {
  mailbox: Mailbox;
  /** The server that all tests of a worker share: nobody may count on being alone on it. */
  usher: Usher;
  people: People;
}

interface TestFixtures {
  /** A server without an Admin, for this test alone. */
  newUsher: Usher;
  /** One more browser of somebody else: nobody is signed in, or the given person. */
  openBrowser: (person?: Person, server?: Usher) => Promise<Page>;
  anonymous: Page;
  admin: Page;
  orgAdmin: Page;
  user: Page;
}

export const test = base.extend<TestFixtures, WorkerOptions & WorkerFixtures>({
  engine: ["sqlite", { option: true, scope: "worker" }],

  mailbox: [
    async ({}, use) => {
      const mailbox = await Mailbox.start();
      await use(mailbox);
      await mailbox.stop();
    },
    { scope: "worker" },
  ],

  usher: [
    async ({ engine, mailbox }, use) => {
      const usher = await Usher.start(engine, mailbox.url);
      await use(usher);
      await usher.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  people: [
    async ({ browser, usher }, use, workerInfo) => {
      const scripts = workerInfo.project.use.javaScriptEnabled !== false;
      await use(await settle(browser, usher, scripts));
    },
    { scope: "worker", timeout: 180_000 },
  ],

  newUsher: async ({ engine, mailbox }, use, testInfo) => {
    const usher = await Usher.start(engine, mailbox.url);
    await use(usher);
    await attachLog(testInfo, "log of the new server", usher);
    await usher.stop();
  },

  openBrowser: async ({ browser, usher, javaScriptEnabled }, use, testInfo) => {
    const contexts: BrowserContext[] = [];
    await use(async (person, server = usher) => {
      const context = await openContext(browser, server, javaScriptEnabled !== false, person?.signIn);
      contexts.push(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    await attachLog(testInfo, "server log", usher);
    for (const context of contexts) expectNoProblems(context);
  },

  anonymous: async ({ openBrowser }, use) => use(await openBrowser()),
  admin: async ({ openBrowser, people }, use) => use(await openBrowser(people.admin)),
  orgAdmin: async ({ openBrowser, people }, use) => use(await openBrowser(people.orgAdmin)),
  user: async ({ openBrowser, people }, use) => use(await openBrowser(people.user)),
});

export { expect } from "@playwright/test";

/** A test that failed keeps what the server had to say about it. */
async function attachLog(testInfo: TestInfo, name: string, usher: Usher): Promise<void> {
  if (testInfo.status === testInfo.expectedStatus) return;
  await testInfo.attach(name, { body: usher.log, contentType: "text/plain" });
}

async function openContext(
  browser: Browser,
  server: Usher,
  scripts: boolean,
  signIn?: SignIn,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: scripts,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    permissions: ["clipboard-read", "clipboard-write"],
    ...(signIn ? { storageState: signIn } : {}),
  });
  if (!scripts) withoutScripts.add(context);
  await watch(context, server.url, scripts);
  return context;
}

/** Fills a new server as its owners would: through its pages, from the setup link on. */
async function settle(browser: Browser, usher: Usher, scripts: boolean): Promise<People> {
  const open = () => openContext(browser, usher, scripts);
  const close = async (context: BrowserContext): Promise<SignIn> => {
    const signIn = await context.storageState();
    await context.close();
    expectNoProblems(context);
    return signIn;
  };

  const ada = newAccount("ada");
  const office = await open();
  const desk = await office.newPage();
  await makeFirstAdmin(desk, await usher.setupLink, ada);
  const organization = newOrganization("Harbour Office");
  await createOrganization(desk, organization);

  const join = async (word: string, role: "Org Admin" | "User"): Promise<Person> => {
    const account = newAccount(word);
    await createUser(desk, account, role, organization);
    const context = await open();
    const changed = await signInForTheFirstTime(await context.newPage(), account);
    return { ...changed, signIn: await close(context) };
  };
  const orgAdmin = await join("olga", "Org Admin");
  const user = await join("ulrich", "User");
  return { admin: { ...ada, signIn: await close(office) }, orgAdmin, user, organization };
}
