// The server dies while somebody watches, and comes back: nothing is lost, nothing is done twice. Runs alone: everybody
// else needs the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertOneMailForEachJob } from "../support/mails.mjs";
import { askForJobs } from "../support/requests.mjs";
import { browser, site } from "../support/world.mjs";

/** What browser and htmx write while the event stream cannot be had. */
const LOST = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /^\[object Event\]/];

const ACTIONS = ["extract_exposed", "extract_historical", "match_historical", "model_return_historical"];

export function lostConnection() {
  test("the page says that it lost the connection, and all goes on by itself when the server is back", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", expected: LOST });
    // The relay forgets at the kill what it has taken, so it takes nothing before.
    await site.tellRelay({ mode: "fail" });
    const request = await askForJobs(page, "/long-covid-and-work/long-covid-and-work/", {
      backend: "emis",
      actions: ACTIONS,
      mails: true,
    });
    await page.goto(request);
    const live = page.locator("#live [data-live-status]");
    await live.getByText(/^Live/).waitFor();

    await site.killHard();
    await live.getByText(/^Connection lost, trying again/).waitFor();
    await page.locator("#announcements").getByText("connection to the server is lost").waitFor({ state: "attached" });
    await page.evaluate(() => (window.isStillTheSamePage = true));

    await site.up();
    await page.locator("#progress").getByText(`${ACTIONS.length} of ${ACTIONS.length} jobs finished`).waitFor();
    assert.equal(await page.locator("#request-state").textContent(), "Succeeded");
    assert.equal(await page.evaluate(() => window.isStillTheSamePage), true, "nobody loaded it again");
    await assertOneMailForEachJob(page, "ada-researcher@example.org", ACTIONS.length);
  });
}
