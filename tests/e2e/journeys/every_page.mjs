// Every kind of page, at both sizes, light and dark: nothing is wider than the window, axe finds nothing, and the browser
// has nothing to complain about.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertInEveryLook } from "../support/checks.mjs";
import { askForJobs } from "../support/requests.mjs";
import { browser } from "../support/world.mjs";

const ADA = "ada-researcher";
const KIM = "kim-everything";
const LONG_COVID = "/long-covid-and-work/long-covid-and-work/";

/** What the browser says of a page that comes with an error status. */
const ERROR_STATUS = [/the server responded with a status of 4\d\d/, /the server responded with a status of 500/];

/** Who looks; their username; name, address and, if it is not 200, status of each page. */
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
      ["400", "/400", 400],
      ["403", "/403", 403],
      ["500", "/500", 500],
      ["unknown address", "/no/such/page/at/all/", 404],
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
      ["404", "/404", 404],
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
  "somebody with every role": [
    KIM,
    [
      ["internal project", "/opensafely-internal/"],
      ["search of the site", "/?q=asthma"],
      ["search of the site, nothing found", "/?q=nothing-like-it"],
      ["search of the staff area", "/staff/?q=asthma"],
      ["search of the staff area, nothing found", "/staff/?q=nothing-like-it"],
    ],
  ],
  "staff who look for something": [
    KIM,
    [
      ["staff area", "/staff/"],
      ["applications", "/staff/applications/"],
      ["applications, filtered", "/staff/applications/?q=a&status=submitted&status=completed"],
      ["applications, none", "/staff/applications/?q=nothing-like-it"],
      ["backends", "/staff/backends/"],
      ["job requests, filtered", "/staff/job-requests/?q=asthma&backends=tpp&user=ada-researcher"],
      ["job requests, none", "/staff/job-requests/?q=nothing-like-it"],
      ["organisations", "/staff/orgs/"],
      ["organisations, none", "/staff/orgs/?q=nothing-like-it"],
      ["projects, filtered", "/staff/projects/?orgs=northford"],
      ["projects, none", "/staff/projects/?q=nothing-like-it"],
      ["redirects", "/staff/redirects/"],
      ["redirects, none", "/staff/redirects/?q=nothing-like-it"],
      ["repositories, filtered", "/staff/repos/?has_outputs=no"],
      ["repositories, none", "/staff/repos/?q=nothing-like-it"],
      ["site alerts", "/staff/site-alerts/"],
      ["users, filtered", "/staff/users/?q=a&backend=1&missing=project"],
      ["users, none", "/staff/users/?q=nothing-like-it"],
      ["workspaces, filtered", "/staff/workspaces/?q=asthma"],
      ["workspaces, none", "/staff/workspaces/?q=nothing-like-it"],
    ],
  ],
  "staff who look at one thing": [
    KIM,
    [
      ["application", "/staff/applications/3dba/"],
      ["application that has begun", "/staff/applications/d80b/"],
      ["backend", "/staff/backends/2/"],
      ["job request", "/staff/job-requests/9/"],
      ["organisation", "/staff/orgs/harbour/"],
      ["project", "/staff/projects/long-covid-and-work/"],
      ["project just created", "/staff/projects/long-covid-and-work/created/"],
      ["redirect", "/staff/redirects/1/"],
      ["repository", "/staff/repos/https%3A%2F%2Fgithub.com%2Fopensafely%2Fopioid-codelists/"],
      ["person", "/staff/users/bela-researcher/"],
      ["person who comes by e-mail", "/staff/users/orla-reader/"],
      ["workspace", "/staff/workspaces/vaccine-coverage-2024/"],
      ["not there", "/staff/projects/no-such-project/", 404],
    ],
  ],
  "staff who watch": [
    KIM,
    [
      ["audit log", "/staff/audit-log/"],
      ["audit log, filtered", "/staff/audit-log/?types=project_created&from=2020-01-01"],
      ["audit log, nothing", "/staff/audit-log/?q=nothing-like-it"],
      ["audit log of a project", "/staff/projects/asthma-reviews/audit-log/"],
      ["audit log of a person", "/staff/users/bela-researcher/audit-log/"],
      ["dashboards", "/staff/dashboards/"],
      ["co-piloting", "/staff/dashboards/copiloting/"],
      ["projects", "/staff/dashboards/project/"],
      ["private repositories", "/staff/dashboards/repos/"],
      ["repositories of several projects", "/staff/dashboards/repos-with-multiple-projects/"],
      ["tests of the error reports", "/staff/sentry/"],
      ["message to the error reports", "/staff/sentry/message"],
    ],
  ],
  "staff who change something": [
    KIM,
    [
      ["edit an application", "/staff/applications/3dba/edit/"],
      ["edit a researcher", "/staff/applications/3dba/researchers/3/edit/"],
      ["create a backend", "/staff/backends/add/"],
      ["edit a backend", "/staff/backends/2/edit/"],
      ["create an organisation", "/staff/orgs/add/"],
      ["edit an organisation", "/staff/orgs/harbour/edit/"],
      ["add a GitHub organisation", "/staff/orgs/harbour/add-github-org/"],
      ["create a project", "/staff/projects/create/"],
      ["edit a project", "/staff/projects/long-covid-and-work/edit/"],
      ["add members", "/staff/projects/long-covid-and-work/add-member/"],
      ["edit a membership", "/staff/projects/long-covid-and-work/members/3/edit/"],
      ["link an application", "/staff/projects/opensafely-internal/link-application/"],
      ["create a site alert", "/staff/site-alerts/add/"],
      ["edit a site alert", "/staff/site-alerts/edit/1/"],
      ["delete a site alert", "/staff/site-alerts/delete/1/"],
      ["roles", "/staff/users/finn-staff/roles/"],
      ["organisations of a person", "/staff/users/bela-researcher/set-orgs/"],
      ["edit a workspace", "/staff/workspaces/vaccine-coverage-2024/edit/"],
    ],
  ],
  "somebody without projects": ["lou-nobody", [["home", "/"]]],
};

export function everyPage() {
  for (const [who, [as, pages]] of Object.entries(PAGES)) {
    test(`in every look: the pages of ${who}`, async (t) => {
      const page = await browser.visitor(t, { as, expected: ERROR_STATUS });
      for (const [name, address, status = 200] of pages) {
        assert.equal((await page.goto(address)).status(), status, name);
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
