// The journey the whole site is for: sign in by GitHub, choose actions, submit, and watch the jobs to their end.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertOneMailForEachJob } from "../support/mails.mjs";
import { until } from "../support/until.mjs";
import { browser, site } from "../support/world.mjs";

const WORKSPACE = "/asthma-reviews/asthma-reviews-sensitivity/";
const ALL_ACTIONS = [
  "compare_failing_model",
  "describe_strict",
  "describe_wide",
  "generate_strict_dataset",
  "generate_wide_dataset",
  "report",
];

export function requestJobs() {
  test("a researcher signs in by GitHub, requests jobs and watches them finish", async (t) => {
    const page = await browser.visitor(t);
    await signInByGitHub(page);
    await page.getByRole("link", { name: "asthma-reviews-sensitivity", exact: true }).first().click();
    await page.waitForURL(WORKSPACE);
    await page.getByRole("link", { name: "Run jobs" }).click();

    await chooseActions(page);
    await page.getByRole("button", { name: "Request jobs" }).click();
    await page.waitForURL(`${WORKSPACE}logs/`);
    await page.getByRole("alert").filter({ hasText: "Your jobs have been scheduled." }).waitFor();

    await page.locator("#requests tbody tr").first().getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: /^Job request \d+$/ }).waitFor();
    const seen = await watchToTheEnd(page);
    assert.ok(seen.includes("Running"), `the state was shown as it moved: ${seen}`);
    assert.equal(seen.at(-1), "Failed");
    await assertShowsTheEnd(page);
    await assertOneMailForEachJob(page, "ada-researcher@example.org", ALL_ACTIONS.length);
  });
}

async function signInByGitHub(page) {
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" }).click();
  await page.getByRole("button", { name: "Sign in with GitHub" }).click();
  await page.waitForURL(`${site.github}/login/oauth/authorize?**`);
  await page.getByRole("button", { name: "ada-researcher" }).click();
  await page.waitForURL(`${site.url}/`);
  await page.getByRole("heading", { level: 1, name: "Ada Okafor" }).waitFor();
}

async function chooseActions(page) {
  const filter = page.getByRole("searchbox", { name: "Filter actions" });
  await filter.fill("compare");
  assert.deepEqual(await visibleActions(page), ["compare_failing_model"]);
  await filter.fill("no such action");
  await page.getByText("No action fits the filter.").waitFor();
  await filter.fill("");
  assert.deepEqual((await visibleActions(page)).sort(), [...ALL_ACTIONS, "run_all"].sort());

  const bar = page.locator("[data-run-summary]");
  assert.equal(await bar.textContent(), "Choose what to run");
  await page.getByRole("checkbox", { name: "report" }).check();
  assert.match(await bar.textContent(), /^1 action, choose where/);
  // Nothing has ever run on this backend, so everything needed has to run as well.
  await page.getByRole("radio", { name: /^EMIS/ }).check();
  await until("the states on EMIS are shown", async () => (await marked(page)).length === 5);
  assert.deepEqual((await marked(page)).sort(), ALL_ACTIONS.filter((action) => action !== "report"));
  assert.equal(await bar.textContent(), "1 action on EMIS, 5 more will run because they are needed");
  assert.ok(await page.getByRole("checkbox", { name: "E-mail me as each action finishes" }).isChecked());
}

function visibleActions(page) {
  return page.locator("tr[data-action]:visible").evaluateAll((rows) => rows.map((row) => row.dataset.action));
}

function marked(page) {
  return page
    .locator("tr[data-action]:has([data-will-run]:not([hidden]))")
    .evaluateAll((rows) => rows.map((row) => row.dataset.action));
}

/** Every state that the head line showed until all jobs had finished, in order; the page is never loaded again. */
async function watchToTheEnd(page) {
  await page.evaluate(() => {
    const state = () => document.getElementById("request-state")?.textContent?.trim();
    window.statesShown = [state()];
    const note = () => {
      if (state() && state() !== window.statesShown.at(-1)) window.statesShown.push(state());
    };
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  await page.getByText(/^Live/).waitFor();
  await page.locator("#progress").getByText("6 of 6 jobs finished").waitFor();
  await until("the last state is shown", () => page.evaluate(() => window.statesShown.at(-1) === "Failed"));
  return page.evaluate(() => window.statesShown);
}

async function assertShowsTheEnd(page) {
  const attention = page.locator("#attention");
  await attention.getByRole("heading", { name: "Needs attention" }).waitFor();
  await attention.getByRole("link", { name: "compare_failing_model" }).waitFor();
  await attention.getByText("was not run, because an action that it needs failed.").waitFor();

  const states = await page
    .locator("#jobs tbody tr")
    .evaluateAll((rows) => rows.map((row) => [row.querySelector("a").textContent, row.querySelector(".pill").textContent]));
  assert.deepEqual(Object.fromEntries(states), {
    compare_failing_model: "Failed",
    describe_strict: "Succeeded",
    describe_wide: "Succeeded",
    generate_strict_dataset: "Succeeded",
    generate_wide_dataset: "Succeeded",
    report: "Failed",
  });
  assert.match(await page.locator("#fact-finished dd").textContent(), /\d/);
  assert.equal(await page.locator(".graph-node").count(), ALL_ACTIONS.length);
  assert.equal(await page.getByRole("button", { name: /^Cancel/ }).count(), 0, "there is nothing left to cancel");
}
