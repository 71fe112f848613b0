// The same with JavaScript switched off: nothing moves by itself, everything works.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/until.mjs";
import { browser } from "../support/world.mjs";

const SHORT = "/asthma-reviews/asthma-reviews-main/";
/** Sixty actions: enough time to cancel them. */
const LONG = "/opioid-trends/opioid-trends-2026/";

export function withoutScripts() {
  test("without scripts, jobs are requested and watched by loading the page again", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", scripts: false });
    await requestJobs(page, SHORT, "make_review_table", "Test");
    await openNewest(page, "TEST");
    await page.getByText("Reload the page to see changes").waitFor();
    await until("all jobs have finished", async () => {
      await page.reload();
      return (await page.locator("#progress b").textContent()).startsWith("2 of 2");
    });
    assert.equal(await page.locator("#request-state").textContent(), "Succeeded");
    assert.equal(await page.locator(".js-only:visible").count(), 0, "nothing is offered that needs scripts");
  });

  test("without scripts, a job request is cancelled at once", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", scripts: false });
    await requestJobs(page, LONG, "run_all", "TPP");
    await openNewest(page, "TPP");
    await until("jobs are there", async () => {
      await page.reload();
      return (await page.locator("#jobs tbody tr").count()) > 0;
    });
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: /Job request \d+ cancelled/ }).waitFor();
    await until("the jobs are cancelled", async () => {
      await page.reload();
      return (await page.locator('#jobs .pill[data-state="cancelled"]').count()) > 0;
    });
  });

  test("without scripts, a form that lacks something says what, and keeps the rest", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", scripts: false });
    await page.goto(`${SHORT}run-jobs/`);
    await page.getByRole("radio", { name: /^Test/ }).check();
    await page.getByRole("checkbox", { name: "Run dependencies again" }).check();
    await page.getByRole("button", { name: "Request jobs" }).click();
    await page.getByRole("alert").getByRole("link", { name: "Select at least one action." }).waitFor();
    assert.ok(await page.getByRole("radio", { name: /^Test/ }).isChecked());
    assert.ok(await page.getByRole("checkbox", { name: "Run dependencies again" }).isChecked());
  });
}

async function requestJobs(page, workspace, action, backend) {
  await page.goto(`${workspace}run-jobs/`);
  await page.getByRole("checkbox", { name: action, exact: true }).check();
  await page.getByRole("radio", { name: backend }).check();
  await page.getByRole("button", { name: "Request jobs" }).click();
  await page.waitForURL(`${workspace}logs/`);
  await page.getByRole("alert").filter({ hasText: "Your jobs have been scheduled." }).waitFor();
}

/** Other tests ask for jobs in the same workspaces, but on other backends. */
async function openNewest(page, backend) {
  await page.locator("#requests tbody tr").filter({ hasText: backend }).first().getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: /^Job request/ }).waitFor();
}
