import { expect, test } from "../support/fixtures.ts";
import { allowAnswer } from "../support/watch.ts";
import { serveDemo } from "../support/usher.ts";

// script/test builds the release for the browser; a debug build shows the kit, and is not what people run.
test("a release has no page for developers, and tells nothing of its inside", async ({ anonymous }) => {
  allowAnswer(anonymous, 404);
  for (const path of ["/kit", "/kit/modal", "/kit/plain"]) {
    const answer = await anonymous.goto(path);
    expect(answer?.status()).toBe(404);
    await expect(anonymous.getByRole("heading", { name: "Not found" })).toBeVisible();
    await expect(anonymous.getByRole("table")).toHaveCount(0);
  }
});

test("a release serves the demo on this machine alone", async () => {
  const { status, said } = await serveDemo("0.0.0.0:0");
  expect(status).not.toBe(0);
  expect(said).toContain("listens on loopback only");
});
