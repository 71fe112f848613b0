// What stands in the way of running jobs is explained before anything is submitted.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser } from "../support/world.mjs";

const OUT_OF_DATE = "/opioid-trends/opioid-codelists-out-of-date/";

export function runJobsProblems() {
  test("invalid YAML is shown with its line, and nothing can be submitted", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/asthma-reviews/asthma-reviews-draft/run-jobs/");
    const problem = page.locator("#problem");
    await problem.getByRole("heading", { name: "There is a mistake in project.yaml" }).waitFor();
    assert.match(await problem.locator("mark").first().textContent(), /^\d+ +\S/);
    assert.match(await problem.textContent(), /needs: \[generate_coverage\]/);
    assert.equal(await page.getByRole("button", { name: "Request jobs" }).count(), 0);
  });

  test("a branch that is gone is named", async (t) => {
    const page = await browser.visitor(t, { as: "kim-everything" });
    await page.goto("/opioid-trends/opioid-lost-branch/run-jobs/");
    const problem = page.locator("#problem");
    await problem.getByRole("heading", { name: "The code of this workspace cannot be found" }).waitFor();
    assert.match(await problem.textContent(), /feature\/tapering/);
  });

  test("codelists that are out of date stop what reads the database, and only that", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto(`${OUT_OF_DATE}run-jobs/`);
    await page.getByRole("heading", { name: "Codelists out of date" }).waitFor();
    await page.getByRole("link", { name: "how to update codelists" }).waitFor();

    const reader = page.locator("tr[data-action]").filter({ hasText: "reads the database" }).first();
    const name = await reader.getAttribute("data-action");
    await reader.getByRole("checkbox").check();
    await page.getByRole("radio", { name: /^Test/ }).check();
    await page.getByRole("button", { name: "Request jobs" }).click();
    await page.getByRole("alert").getByText(new RegExp(`out of date: .*${name}`)).waitFor();
    assert.ok(await page.getByRole("checkbox", { name, exact: true }).isChecked(), "the choice is kept");
    assert.ok(await page.getByRole("radio", { name: /^Test/ }).isChecked());
  });
}
