// Every kind of page, at both sizes, light and dark: nothing is wider than the window, axe finds nothing, and the browser
// has nothing to complain about.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertInEveryLook } from "../support/checks.mjs";
import { askForJobs } from "../support/requests.mjs";
import { browser } from "../support/world.mjs";

const ADA = "ada-researcher";
const LONG_COVID = "/long-covid-and-work/long-covid-and-work/";

/** What the browser says of a page that comes with an error status. */
const ERROR_STATUS = [/the server responded with a status of 4\d\d/, /the server responded with a status of 500/];

/** Who looks; their username; name and address of each page. */
const PAGES = {
  "nobody signed in": [
    undefined,
    [
      ["home", "/"],
      ["login", "/login/"],
      ["sample people", "/login/as/"],
      ["status", "/status/"],
      ["event log", "/event-log/"],
      ["UI components", "/ui-components/"],
      ["workspace", "/asthma-reviews/asthma-reviews-sensitivity/"],
      ["400", "/400"],
      ["403", "/403"],
      ["500", "/500"],
      ["unknown address", "/no/such/page/at/all/"],
    ],
  ],
  "a researcher": [
    ADA,
    [
      ["home", "/"],
      ["settings", "/settings/"],
      ["project", "/asthma-reviews/"],
      ["workspace", LONG_COVID],
      ["create a workspace", "/asthma-reviews/new-workspace/"],
      ["edit a workspace", "/asthma-reviews/asthma-reviews-main/edit/"],
      ["workspace logs", "/asthma-reviews/asthma-reviews-main/logs/"],
      ["workspace logs, nothing found", "/asthma-reviews/asthma-reviews-main/logs/?q=nothing"],
      ["404", "/404"],
    ],
  ],
  "a researcher who wants to run jobs": [
    ADA,
    [
      ["sixty actions", "/opioid-trends/opioid-trends-2026/run-jobs/"],
      ["invalid YAML", "/asthma-reviews/asthma-reviews-draft/run-jobs/"],
      ["codelists out of date", "/opioid-trends/opioid-codelists-out-of-date/run-jobs/"],
    ],
  ],
  "an owner of something archived": [
    "bela-researcher",
    [["archived workspace", "/vaccine-coverage/vaccine-coverage-2024/"]],
  ],
  "somebody with every role": ["kim-everything", [["internal project", "/opensafely-internal/"]]],
  "somebody without projects": ["lou-nobody", [["home", "/"]]],
};

export function everyPage() {
  for (const [who, [as, pages]] of Object.entries(PAGES)) {
    test(`in every look: the pages of ${who}`, async (t) => {
      const page = await browser.visitor(t, { as, expected: ERROR_STATUS });
      for (const [name, address] of pages) {
        await page.goto(address);
        assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1, `one main heading: ${name}`);
        await assertInEveryLook(page, name);
      }
    });
  }

  test("in every look: a form with mistakes", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto("/asthma-reviews/asthma-reviews-main/run-jobs/");
    await page.getByRole("radio", { name: /^TPP/ }).check();
    await page.getByRole("button", { name: "Request jobs" }).click();
    await page.getByText("Please look at this again").waitFor();
    await assertInEveryLook(page, "a form with mistakes");
  });

  test("in every look: job requests and jobs that have ended", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    const links = [
      ["long-covid-and-work/long-covid-and-work", /Failed/],
      ["opioid-trends/opioid-trends-2026", /Failed/],
      ["asthma-reviews/asthma-reviews-draft", /Failed/],
      ["asthma-reviews/asthma-reviews-main", /Nothing to do/],
    ];
    for (const [workspace, state] of links) {
      await page.goto(`/${workspace}/logs/`);
      await page.locator("#requests tbody tr").filter({ hasText: state }).last().getByRole("link").first().click();
      await page.getByRole("heading", { level: 1, name: /^Job request/ }).waitFor();
      await assertInEveryLook(page, `${workspace}, ${state}`);
    }
    await page.goto(`${LONG_COVID}logs/`);
    await page.locator("#requests tbody tr").filter({ hasText: "Failed" }).last().getByRole("link").first().click();
    await page.locator("summary").filter({ hasText: "project.yaml" }).click();
    await assertInEveryLook(page, "project.yaml unfolded");
    await page.locator("#jobs tbody a").first().click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await assertInEveryLook(page, "a job that failed");
  });

  test("in every look: a job request and a job while they run", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    const request = await askForJobs(page, LONG_COVID, { backend: "tpp", actions: ["run_all"] });
    await page.goto(request);
    await page.locator('#jobs .pill[data-state="running"]').first().waitFor();
    await assertInEveryLook(page, "a job request that runs");
    await page.locator("#jobs").getByRole("link", { name: "write_report" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await assertInEveryLook(page, "a job that waits or runs");
  });

  test("in every look: open menus and dialogs", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto("/asthma-reviews/asthma-reviews-sensitivity/");
    await page.locator("summary").filter({ hasText: "Ada Okafor" }).click();
    await assertInEveryLook(page, "the account menu");
    await page.locator("summary[aria-label=Theme]").click();
    await assertInEveryLook(page, "the theme menu");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Archive" }).click();
    await page.getByRole("dialog").waitFor();
    await assertInEveryLook(page, "the confirmation");
  });

  test("in every look: enter your name", async (t) => {
    const page = await browser.visitor(t);
    await page.goto("/login/");
    await page.getByRole("button", { name: "Sign in with GitHub" }).click();
    await page.getByLabel("Login").fill("nameless");
    await page.getByLabel("E-mail").fill("nameless@example.org");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Enter your name" }).waitFor();
    await assertInEveryLook(page, "enter your name");
  });
}
