// Staff see what the server does and what it could not deliver, and try that again. Runs alone: nobody's mails arrive
// while the relay refuses them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertInEveryLook } from "../support/checks.mjs";
import { askForJobs } from "../support/requests.mjs";
import { until } from "../support/until.mjs";
import { browser, site } from "../support/world.mjs";

const SYSTEM = "/staff/system/";
/** A mail that the relay refuses for good is tried three times, with growing pauses. */
const GIVEN_UP_WITHIN_MS = 60_000;

export function system() {
  test("staff see the actors at work, and strangers do not", async (t) => {
    const page = await browser.visitor(t, { as: "finn-staff" });
    await page.goto("/event-log/");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Staff" }).click();
    await page.getByRole("main").getByRole("link", { name: "System" }).click();
    await page.waitForURL(SYSTEM);
    await page.getByText(/^Live, updated/).waitFor();
    await page.getByText("All actors are well.").waitFor();
    await page.evaluate(() => (window.isStillTheSamePage = true));
    const turns = async () => parseInt(await card(page, "RAP status").getByText(/\d+, never restarted/).textContent(), 10);
    const before = await turns();
    await until("the card moves by itself", async () => (await turns()) > before);
    assert.equal(await page.evaluate(() => window.isStillTheSamePage), true, "nobody loaded it again");
    await assertInEveryLook(page, "the system page");

    const stranger = await browser.visitor(t, { as: "ada-researcher", expected: [/status of 403/] });
    await stranger.goto("/event-log/");
    assert.equal(await stranger.getByRole("link", { name: "Staff" }).count(), 0);
    await stranger.goto(SYSTEM);
    await stranger.getByRole("heading", { level: 1, name: /Permission denied/ }).waitFor();
  });

  test("mails that were given up are seen by staff and tried again", { timeout: 180_000 }, async (t) => {
    t.after(() => site.tellRelay({ mode: "ok" }));
    const ada = await browser.visitor(t, { as: "ada-researcher" });
    const page = await browser.visitor(t, { as: "finn-staff" });
    await page.goto(SYSTEM);
    await site.tellRelay({ mode: "fail", status: 550 });
    await askForJobs(ada, "/asthma-reviews/asthma-reviews-main/", {
      backend: "emis",
      actions: ["make_review_table", "draw_review_trend"],
      mails: true,
    });
    const outbox = page.locator("#outbox");
    await outbox.getByRole("link", { name: /^Dead [2-9]/ }).waitFor({ timeout: GIVEN_UP_WITHIN_MS });
    await outbox.getByRole("link", { name: /^Dead/ }).click();
    const rows = outbox.locator("tbody tr");
    const dead = await rows.count();
    await rows.first().getByText("550").first().waitFor();
    await assertInEveryLook(page, "the system page with dead messages");

    await keepsTheFocus(page, rows.first().getByRole("button", { name: /^Retry/ }));
    await rows.last().getByRole("button", { name: /^Delete/ }).click();
    await page.getByRole("dialog").getByRole("heading", { name: /^Delete job-finished/ }).waitFor();
    await page.getByRole("button", { name: "Go back" }).click();

    await site.tellRelay({ mode: "ok" });
    const mails = (await site.mails()).length;
    await rows.first().getByRole("button", { name: /^Retry/ }).click();
    await page.getByRole("alert").filter({ hasText: "is tried again now" }).waitFor();
    await until("the mail arrives", async () => (await site.mails()).length === mails + 1);
    await outbox.getByRole("link", { name: `Dead ${dead - 1}` }).waitFor();

    const plain = await browser.visitor(t, { as: "finn-staff", scripts: false });
    await plain.goto(SYSTEM);
    await plain.getByText("Reload the page to see changes").waitFor();
    await plain.getByRole("button", { name: /^Retry all: E-mail/ }).click();
    await plain.getByRole("alert").filter({ hasText: "tried again now" }).waitFor();
    await until("the others arrive", async () => (await site.mails()).length === mails + dead);
    await outbox.getByText("No message was given up.").waitFor();
  });
}

const card = (page, title) => page.locator("section.card").filter({ has: page.getByRole("heading", { name: title }) });

/** A keyboard stays where it is while what is around it is drawn again. */
async function keepsTheFocus(page, button) {
  await button.focus();
  await page.evaluate(() => window.htmx.ajax("GET", document.getElementById("outbox").getAttribute("hx-get").replace(/known=\w+/, "known="), { target: "#outbox", swap: "outerHTML" }));
  assert.ok(await button.evaluate((element) => element === document.activeElement), "the focus was lost");
}
