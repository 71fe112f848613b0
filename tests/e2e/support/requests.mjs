// Asking for jobs without the page, where a test is about what comes after.

import assert from "node:assert/strict";

/**
 * Sends the form of a workspace's run-jobs page, as its browser would.
 * @param {import("playwright-core").Page} page  of somebody who may
 * @param {string} workspace  "/project/workspace/"
 * @param {{backend: string, actions: string[], mails?: boolean}} wish  with a mail for each action that ends, or without
 * @returns {Promise<string>} the path of the newest job request there, which is the new one unless two tests share a
 *   workspace and a backend
 */
export async function askForJobs(page, workspace, { backend, actions, mails = false }) {
  const address = `${workspace}run-jobs/`;
  const form = await (await page.request.get(address)).text();
  const fields = new URLSearchParams([
    ["csrfmiddlewaretoken", hidden(form, "csrfmiddlewaretoken")],
    ["form_token", hidden(form, "form_token")],
    ["backend", backend],
    ...actions.map((action) => ["requested_actions", action]),
    ...(mails ? [["will_notify", "True"]] : []),
  ]);
  const answer = await page.request.post(address, {
    data: fields.toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  assert.match(answer.url(), /\/logs\/$/, "the form was not accepted");
  const log = await page.request.get(`${workspace}logs/?backend=${backend}`);
  const newest = (await log.text()).match(new RegExp(`href="(${workspace}\\d+/)"`));
  assert.ok(newest, "the log shows no job request");
  return newest[1];
}

function hidden(html, name) {
  const field = html.match(new RegExp(`name="${name}" value="([^"]*)"`));
  assert.ok(field, `the form has no field ${name}`);
  return field[1];
}
