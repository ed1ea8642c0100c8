import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

import type { WorkerOptions } from "./support/fixtures.ts";

// A machine with two busy cores hashes a password in seconds rather than milliseconds; these limits
// bound a test that hangs, they are not how long anything should take.
const seconds = 1_000;

// The system's own browser: Playwright's download is not needed.
const browser = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
// The same engine without windows, in which journeys are told again on Postgres and without scripts.
const shell = ["/usr/bin/chromium-headless-shell"].find((path) => existsSync(path)) ?? browser;

const launch = (executablePath: string) => ({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
  ],
});

export default defineConfig<object, WorkerOptions>({
  testDir: "specs",
  outputDir: "../target/end2end",
  workers: 2,
  fullyParallel: true,
  // A test that needs a second try has found something.
  retries: 0,
  forbidOnly: Boolean(process.env["CI"]),
  reporter: "list",
  timeout: 90 * seconds,
  expect: { timeout: 15 * seconds },
  use: {
    actionTimeout: 15 * seconds,
    navigationTimeout: 30 * seconds,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    // Recording every step takes a third of the whole run: for a test that one looks into.
    trace: process.env["TRACE"] ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: launch(browser),
  },
  projects: [
    { name: "chromium" },
    { name: "postgres", grep: /@both/, use: { engine: "postgres", launchOptions: launch(shell) } },
    { name: "no-script", grep: /@noscript/, use: { javaScriptEnabled: false, launchOptions: launch(shell) } },
  ],
});
