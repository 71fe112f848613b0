// The server dies while somebody watches, and comes back. Runs alone: everybody else needs the server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { askForJobs } from "../support/requests.mjs";
import { browser, site } from "../support/world.mjs";

/** What browser and htmx write while the event stream cannot be had. */
const LOST = [/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /^\[object Event\]/];

export function lostConnection() {
  test("the page says that it lost the connection, and goes on by itself when the server is back", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", expected: LOST });
    const request = await askForJobs(page, "/long-covid-and-work/long-covid-and-work/", {
      backend: "emis",
      actions: ["extract_exposed", "extract_historical", "match_historical", "model_return_historical"],
    });
    await page.goto(request);
    const live = page.locator("#live [data-live-status]");
    await live.getByText(/^Live/).waitFor();

    await site.killHard();
    await live.getByText(/^Connection lost, trying again/).waitFor();
    await page.locator("#announcements").getByText("connection to the server is lost").waitFor({ state: "attached" });
    await page.evaluate(() => (window.isStillTheSamePage = true));

    await site.up();
    await page.locator("#progress").getByText("4 of 4 jobs finished").waitFor();
    assert.equal(await page.locator("#request-state").textContent(), "Succeeded");
    assert.equal(await page.evaluate(() => window.isStillTheSamePage), true, "nobody loaded it again");
  });

  test("nobody got a mail twice, not even by the kill", async () => {
    const about = (await site.mails()).map((mail) => mail.text.match(/\/jobs\/[a-z0-9]+\/|\/\d+\/[a-z0-9]+\//)?.[0]);
    assert.deepEqual(
      about.filter((job, index) => about.indexOf(job) !== index),
      [],
    );
  });
}
