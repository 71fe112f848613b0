// The same with JavaScript switched off: nothing moves by itself, everything works.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/until.mjs";
import { browser } from "../support/world.mjs";

const WORKSPACE = "/asthma-reviews/asthma-reviews-main/";

export function withoutScripts() {
  test("without scripts, jobs are requested and watched by loading the page again", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", scripts: false });
    await requestJobs(page, ["make_review_table"]);
    await openNewest(page);
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
    await requestJobs(page, ["generate_dataset", "draw_review_trend"]);
    await openNewest(page);
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
    await page.goto(`${WORKSPACE}run-jobs/`);
    await page.getByRole("radio", { name: /^Test/ }).check();
    await page.getByRole("checkbox", { name: "Run dependencies again" }).check();
    await page.getByRole("button", { name: "Request jobs" }).click();
    await page.getByRole("alert").getByRole("link", { name: "Select at least one action." }).waitFor();
    assert.ok(await page.getByRole("radio", { name: /^Test/ }).isChecked());
    assert.ok(await page.getByRole("checkbox", { name: "Run dependencies again" }).isChecked());
  });
}

async function requestJobs(page, actions) {
  await page.goto(`${WORKSPACE}run-jobs/`);
  for (const action of actions) await page.getByRole("checkbox", { name: action }).check();
  await page.getByRole("radio", { name: /^Test/ }).check();
  await page.getByRole("button", { name: "Request jobs" }).click();
  await page.waitForURL(`${WORKSPACE}logs/`);
  await page.getByRole("alert").filter({ hasText: "Your jobs have been scheduled." }).waitFor();
}

/** Two tests of this file use one workspace, one after the other: the newest request is ours. */
async function openNewest(page) {
  await page.locator("#requests tbody tr").first().getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: /^Job request/ }).waitFor();
}
