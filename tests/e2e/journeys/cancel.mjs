// Taking back what was asked for: a whole request, one job of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { askForJobs } from "../support/requests.mjs";
import { browser } from "../support/world.mjs";

/** Sixty actions take long enough to be cancelled, on however slow a machine. */
const WORKSPACE = "/opioid-trends/opioid-trends-2026/";

export function cancel() {
  test("a job request is cancelled after asking once, and the page shows it by itself", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    const request = await askForJobs(page, WORKSPACE, { backend: "emis", actions: ["run_all"] });
    await page.goto(request);
    await page.locator("#jobs tbody tr").nth(59).waitFor();

    const dialog = page.getByRole("dialog");
    await page.evaluate(() => (window.isNotYetSent = true));
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await dialog.getByRole("button", { name: "Go back" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    assert.match(await dialog.getByRole("heading").textContent(), /^Cancel/);
    assert.equal(await page.evaluate(() => window.isNotYetSent), true, "going back leaves everything as it was");
    await dialog.getByRole("button", { name: "Cancel jobs" }).click();
    await page.getByRole("alert").filter({ hasText: /Job request \d+ cancelled/ }).waitFor();
    await page.evaluate(() => (window.isStillTheSamePage = true));
    await page.locator("#progress").getByText("60 of 60 jobs finished").waitFor();
    await page.locator('#jobs .pill[data-state="cancelled"]').first().waitFor();
    assert.equal(await page.evaluate(() => window.isStillTheSamePage), true);
  });

  test("a single job is cancelled on its own page", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    const request = await askForJobs(page, WORKSPACE, { backend: "test", actions: ["run_all"] });
    await page.goto(request);
    // The last of all: it waits for every other.
    await page.locator("#jobs").getByRole("link", { name: "report", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "report" }).waitFor();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel the job" }).click();
    await page.getByRole("alert").filter({ hasText: "Action report cancelled" }).waitFor();
    await page.locator(".page-head .pill").getByText("Cancelled").waitFor();
    await page.getByText("cancelled_by_user").first().waitFor();

    await page.goto(request);
    const others = page.locator("#jobs tbody tr").filter({ hasNot: page.getByRole("link", { name: "report", exact: true }) });
    assert.equal(await others.locator('.pill[data-state="cancelled"]').count(), 0, "only that one was cancelled");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel jobs" }).click();
    await page.getByRole("alert").filter({ hasText: /Job request \d+ cancelled/ }).waitFor();
  });

  test("whoever may not cancel is not offered it", async (t) => {
    const ada = await browser.visitor(t, { as: "ada-researcher" });
    const request = await askForJobs(ada, "/asthma-reviews/asthma-reviews-main/", {
      backend: "emis",
      actions: ["generate_dataset"],
    });
    for (const as of ["cora-collaborator", undefined]) {
      const page = await browser.visitor(t, { as });
      await page.goto(request);
      await page.locator("#jobs tbody tr").first().waitFor();
      assert.equal(await page.getByRole("button", { name: "Cancel", exact: true }).count(), 0);
    }
  });
}
