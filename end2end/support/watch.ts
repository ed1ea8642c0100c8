import { type BrowserContext, type Page, expect } from "@playwright/test";

interface Report {
  problems: string[];
  /** Statuses from 400 on that the test has named as the right answer. */
  allowed: Set<number>;
}

const reports = new WeakMap<BrowserContext, Report>();

/**
 * Watches every page of `context`: console errors and warnings, uncaught errors, hydration
 * complaints, reports of the content security policy, failed requests, and answers from 400 on.
 */
export async function watch(context: BrowserContext, origin: string, scripts: boolean): Promise<void> {
  const report: Report = { problems: [], allowed: new Set() };
  reports.set(context, report);
  context.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // Chromium repeats here what the answer's own status tells below.
    if (/^Failed to load resource: the server responded with a status of/.test(message.text())) return;
    // Where scripts are off, nobody uses what they would have loaded.
    if (!scripts && /was preloaded using link preload but not used/.test(message.text())) return;
    report.problems.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => {
    report.problems.push(`uncaught: ${error.error().stack ?? error.error().message}`);
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "no reason given";
    // Leaving a page ends what it was still loading.
    if (reason === "net::ERR_ABORTED" || !request.url().startsWith(origin)) return;
    // Where scripts are off, the browser itself blocks them, and says that a policy does.
    if (!scripts && reason === "csp" && request.resourceType() !== "document") return;
    report.problems.push(`request failed: ${request.method()} ${request.url()}: ${reason}`);
  });
  context.on("response", (response) => {
    if (response.status() < 400 || !response.url().startsWith(origin)) return;
    if (report.allowed.has(response.status())) return;
    report.problems.push(`${response.status()}: ${response.request().method()} ${response.url()}`);
  });
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
}

/** Names a status from 400 on that is the right answer in this test. */
export function allowAnswer(page: Page, ...statuses: number[]): void {
  for (const status of statuses) reportOf(page.context()).allowed.add(status);
}

/** Fails the test when anything was reported. Call it when the context is closed. */
export function expectNoProblems(context: BrowserContext): void {
  expect(reportOf(context).problems, "what the browser complained of").toEqual([]);
}

function reportOf(context: BrowserContext): Report {
  const report = reports.get(context);
  if (!report) throw new Error("This page is not watched: take it from the fixtures");
  return report;
}
