// Mails about jobs, as the relay has taken them.

import assert from "node:assert/strict";

import { until } from "./until.mjs";
import { site } from "./world.mjs";

/**
 * Waits for a mail about each job; there must not be a second about any.
 * @param {import("playwright-core").Page} page  a job request whose jobs have ended
 * @param {string} recipient
 * @param {number} jobs  how many there are
 */
export async function assertOneMailForEachJob(page, recipient, jobs) {
  const identifiers = await page
    .locator("#jobs tbody a")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href").split("/").at(-2)));
  assert.equal(identifiers.length, jobs);
  const about = async (identifier) => (await site.mails()).filter((mail) => mail.text.includes(identifier));
  for (const identifier of identifiers) {
    await until(`a mail about ${identifier}`, async () => (await about(identifier)).length > 0);
  }
  for (const identifier of identifiers) {
    const [mail, ...others] = await about(identifier);
    assert.deepEqual(others, [], `more than one mail about ${identifier}`);
    assert.deepEqual(mail.to, [recipient]);
    assert.match(mail.html, new RegExp(identifier));
  }
}
