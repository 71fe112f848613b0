// Job Server in a real browser: `npm run test:browser`, after the programs and the front end have been built.
// One site and one browser serve all tests; several run at a time, since most of their time is waiting for jobs.
// Some of them: `node --test-reporter=spec --test-name-pattern=cancel tests/e2e/main.mjs`. What is worth keeping of a
// failure, pictures and the server's log, goes to test-results.

import { describe } from "node:test";

import { cancel } from "./journeys/cancel.mjs";
import { everyPage } from "./journeys/every_page.mjs";
import { freshInstall } from "./journeys/fresh_install.mjs";
import { listsByKeyboard } from "./journeys/lists_by_keyboard.mjs";
import { lostConnection } from "./journeys/lost_connection.mjs";
import { outputs } from "./journeys/outputs.mjs";
import { people } from "./journeys/people.mjs";
import { requestJobs } from "./journeys/request_jobs.mjs";
import { runJobsProblems } from "./journeys/run_jobs_problems.mjs";
import { staffLooks } from "./journeys/staff_looks.mjs";
import { staffSearch } from "./journeys/staff_search.mjs";
import { staffWithoutScripts } from "./journeys/staff_without_scripts.mjs";
import { siteAlerts, staffWork } from "./journeys/staff_work.mjs";
import { system } from "./journeys/system.mjs";
import { withoutScripts } from "./journeys/without_scripts.mjs";
import { workspaces } from "./journeys/workspaces.mjs";

const TEST_LIMIT_MS = 120_000;

describe("in a browser", { concurrency: 3, timeout: 10 * TEST_LIMIT_MS }, () => {
  requestJobs();
  cancel();
  describe("without scripts", () => {
    withoutScripts();
    staffWithoutScripts();
  });
  runJobsProblems();
  workspaces();
  people();
  outputs();
  staffWork();
  staffSearch();
  listsByKeyboard();
  staffLooks();
  everyPage();
});

describe("for those who run it", { timeout: 3 * TEST_LIMIT_MS }, () => {
  system();
  siteAlerts();
});

describe("a new installation", { timeout: TEST_LIMIT_MS }, () => {
  freshInstall();
});

describe("when the server dies", { timeout: TEST_LIMIT_MS }, () => {
  lostConnection();
});
