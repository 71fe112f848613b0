// Takes pictures of the main pages, for people to look at: `npm run screenshots [-- FOLDER]` (test-results/pages unless
// told otherwise), at both sizes, light and dark. Also the README's picture, with `npm run screenshots -- --readme`.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { Browser, SIZES } from "./support/browser.mjs";
import { askForJobs } from "./support/requests.mjs";
import { Site } from "./support/site.mjs";
import { until } from "./support/until.mjs";

const ROOT = resolve(import.meta.dirname, "../..");
const README_PICTURE = join(ROOT, "docs/job-request.png");
const ADA = "ada-researcher";
const KIM = "kim-everything";
const LONG_COVID = "/long-covid-and-work/long-covid-and-work/";
const RELEASE = "/asthma-reviews/asthma-reviews-main/releases/01K3A5S3J00000000000000001/";

/** File name, who looks, address. */
const PAGES = [
  ["home-public", undefined, "/"],
  ["home", ADA, "/"],
  ["login", undefined, "/login/"],
  ["sample-people", undefined, "/login/as/"],
  ["status", undefined, "/status/"],
  ["event-log", undefined, "/event-log/"],
  ["settings", ADA, "/settings/"],
  ["project", ADA, "/asthma-reviews/"],
  ["create-workspace", ADA, "/asthma-reviews/new-workspace/"],
  ["workspace", ADA, LONG_COVID],
  ["workspace-archived", "bela-researcher", "/vaccine-coverage/vaccine-coverage-2024/"],
  ["workspace-logs", ADA, "/asthma-reviews/asthma-reviews-main/logs/"],
  ["workspace-edit", ADA, "/asthma-reviews/asthma-reviews-main/edit/"],
  ["run-jobs", ADA, `${LONG_COVID}run-jobs/`],
  ["run-jobs-sixty", ADA, "/opioid-trends/opioid-trends-2026/run-jobs/"],
  ["run-jobs-invalid", ADA, "/asthma-reviews/asthma-reviews-draft/run-jobs/"],
  ["run-jobs-codelists", ADA, "/opioid-trends/opioid-codelists-out-of-date/run-jobs/"],
  ["run-jobs-lost-branch", ADA, "/opioid-trends/opioid-lost-branch/run-jobs/"],
  ["job-request-three", ADA, "/asthma-reviews/asthma-reviews-main/17/"],
  ["job-request-sixty", ADA, "/opioid-trends/opioid-trends-2026/13/"],
  ["system", "finn-staff", "/staff/system/"],
  ["staff", KIM, "/staff/"],
  ["staff-search", KIM, "/staff/?q=asthma"],
  ["staff-applications", KIM, "/staff/applications/"],
  ["staff-application", KIM, "/staff/applications/9a51/"],
  ["staff-approve", KIM, "/staff/applications/9a51/approve/"],
  ["staff-audit-log", KIM, "/staff/audit-log/"],
  ["staff-copiloting", KIM, "/staff/dashboards/copiloting/"],
  ["staff-dashboard-projects", KIM, "/staff/dashboards/project/"],
  ["staff-dashboard-repos", KIM, "/staff/dashboards/repos/"],
  ["staff-job-requests", KIM, "/staff/job-requests/?q=asthma"],
  ["staff-org", KIM, "/staff/orgs/harbour/"],
  ["staff-project", KIM, "/staff/projects/asthma-reviews/"],
  ["staff-project-edit", KIM, "/staff/projects/asthma-reviews/edit/"],
  ["staff-repo", KIM, "/staff/repos/https%3A%2F%2Fgithub.com%2Fopensafely%2Fopioid-trends/"],
  ["staff-users", KIM, "/staff/users/"],
  ["staff-user", KIM, "/staff/users/bela-researcher/"],
  ["staff-roles", KIM, "/staff/users/finn-staff/roles/"],
  ["release", ADA, RELEASE],
  ["release-table", ADA, `${RELEASE}output/tables/table1.csv`],
  ["release-table-long", ADA, `${RELEASE}output/tables/reviews_by_practice_and_month.csv`],
  ["release-report", ADA, `${RELEASE}output/report/report.html`],
  ["release-drawing", ADA, `${RELEASE}output/figures/trend.svg`],
  ["release-json", ADA, `${RELEASE}output/summary.json`],
  ["release-deleted", ADA, `${RELEASE}output/tables/table2_unrounded.csv`],
  ["outputs-latest", ADA, "/asthma-reviews/asthma-reviews-main/outputs/latest/"],
  ["outputs-published", undefined, `${LONG_COVID}outputs/2/`],
  ["error-404", ADA, "/404"],
  ["ui-components", undefined, "/ui-components/"],
];

/** The sample pipeline with an action that misses its outputs: so that one picture shows every state. */
const WITH_A_FAILURE = [
  "  describe_unmatched:",
  "    run: r:v2 analysis/describe_unmatched.R",
  "    needs: [match_contemporary]",
  "    outputs:",
  "      moderately_sensitive:",
  "        table: output/description/unmatched.csv",
  "",
];

async function main(wish = join(ROOT, "test-results/pages")) {
  const site = await Site.start(0);
  const browser = await Browser.launch(site);
  try {
    const request = await halfway(site, browser);
    await takeForReadme(browser, request);
    if (wish === "--readme") return;
    await mkdir(wish, { recursive: true });
    const everything = [...PAGES, ["job-request", ADA, request], ["job", ADA, await firstJobOf(browser, request)]];
    for (const [name, as, address] of everything) await take(browser, wish, name, as, address);
    console.log(`${everything.length} pages in ${wish}`);
  } finally {
    await browser.close();
    await site.stop();
  }
}

/** The path of a job request some of whose jobs have failed, run, wait and have succeeded. */
async function halfway(site, browser) {
  const page = await browser.open({ as: ADA });
  await pushAFailure(site, page);
  const request = await askForJobs(page, LONG_COVID, { backend: "tpp", actions: ["run_all"] });
  await until("a job has failed while others run and wait", async () => {
    await site.tick();
    const codes = (await site.controllersJobs()).map((job) => job.code);
    return ["unmatched_patterns", "executing", "waiting_on_dependencies"].every((code) => codes.includes(code));
  });
  await page.goto(request);
  await page.locator('#jobs .pill[data-state="failed"]').waitFor();
  await page.context().close();
  return request;
}

async function pushAFailure(site, page) {
  const answer = await page.request.get(`${site.github}/repos/opensafely/long-covid-and-work/contents/project.yaml?ref=main`, {
    headers: { Accept: "application/vnd.github.raw+json", Authorization: "Bearer stand-in-github-token" },
  });
  const lines = (await answer.text()).split("\n");
  lines.splice(lines.indexOf("  plot_fit_notes:"), 0, ...WITH_A_FAILURE);
  await site.push("opensafely/long-covid-and-work", "main", { "project.yaml": lines.join("\n") });
}

async function takeForReadme(browser, request) {
  const page = await browser.open({ as: ADA });
  await page.goto(request);
  await page.getByText(/^Live/).waitFor();
  await page.screenshot({ path: README_PICTURE, clip: { x: 0, y: 0, width: SIZES.wide.width, height: 1400 }, fullPage: true });
  await page.context().close();
  console.log(README_PICTURE);
}

async function firstJobOf(browser, request) {
  const page = await browser.open({ as: ADA });
  await page.goto(request);
  const address = await page.locator("#jobs tbody a").first().getAttribute("href");
  await page.context().close();
  return address;
}

async function take(browser, folder, name, as, address) {
  const page = await browser.open({ as });
  await page.goto(address);
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.context().close();
}

await main(...process.argv.slice(2));
