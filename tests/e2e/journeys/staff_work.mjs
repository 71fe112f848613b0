// A day of staff: an application becomes a project, a repository is signed off, two people edit one thing, and everybody
// is told something.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "../support/until.mjs";
import { browser } from "../support/world.mjs";

const notice = (page, text) => page.getByRole("alert").filter({ hasText: text });

export function staffWork() {
  test("an application is reviewed, and a project is made of it with a new organisation", async (t) => {
    const page = await browser.visitor(t, { as: "kim-everything" });
    await page.goto("/staff/applications/");
    await page.getByRole("link", { name: /Inhaler switching/ }).click();
    const card = page.locator("#study-purpose");
    await card.getByRole("textbox", { name: /^Notes/ }).fill("Clear and short.");
    await card.getByRole("radio", { name: "Yes" }).check();
    await page.locator("#datasets").getByRole("radio", { name: "No" }).check();
    await page.getByRole("button", { name: "Submit review" }).click();
    await notice(page, "The review of 2 pages was saved.").waitFor();
    assert.equal(await card.getByRole("textbox", { name: /^Notes/ }).inputValue(), "Clear and short.");
    await card.getByText("Last reviewed by: Kim Seo-yeon").waitFor();

    await page.getByRole("link", { name: "Approve", exact: true }).click();
    await page.getByLabel("Project number").fill("");
    await page.getByRole("link", { name: "Add a new org" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Organisation name").fill("Northford University");
    await dialog.getByRole("button", { name: "Add org" }).click();
    await dialog.locator(".field-error").first().waitFor();
    assert.equal(await dialog.getByLabel("Organisation name").inputValue(), "Northford University", "nothing is lost");
    await dialog.getByLabel("Organisation name").fill("Institute of “Breath” & Air");
    await dialog.getByRole("button", { name: "Add org" }).click();
    await page.waitForURL(/\/approve\/\?.*org-slug=/);
    await notice(page, "Institute of “Breath” & Air was created.").waitFor();
    const chosen = page.getByLabel("Organisation").locator("option:checked");
    assert.equal((await chosen.textContent()).trim(), "Institute of “Breath” & Air");

    await page.getByLabel("Project number").fill("POS-2026-3002");
    await page.getByRole("button", { name: "Approve and make the project" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: /^POS-2026-3002 - Inhaler switching/ }).waitFor();
    await page.locator("#associations").getByText("Institute of “Breath” & Air").waitFor();
    await page.getByRole("link", { name: "Audit log" }).click();
    await page.getByText(/Kim Seo-yeon.*approved application b92e/).waitFor();
    await page.goto("/staff/applications/b92e/");
    await page.locator("#status").getByRole("link", { name: /Inhaler switching/ }).waitFor();
  });

  test("a repository is signed off, and tech support's issue appears", async (t) => {
    const page = await browser.visitor(t, { as: "jonas-signoff" });
    await page.goto("/staff/repos/?q=opioid-trends");
    await page.getByRole("main").getByRole("link", { name: "opioid-trends" }).click();
    await page.getByRole("button", { name: "Sign off to make public" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign off", exact: true }).click();
    await notice(page, "opioid-trends is signed off.").waitFor();
    const issue = page.locator("#sign-off").getByRole("link", { name: "Issue at GitHub" });
    await until("the issue is written", async () => {
      await page.reload();
      return (await issue.count()) === 1;
    });
    assert.match(await issue.getAttribute("href"), /\/ebmdatalab\/tech-support\/issues\/\d+$/);
    await page.locator("#sign-off").getByRole("link", { name: "Jonas Weber" }).waitFor();
    const again = page.getByRole("button", { name: "Sign off to make public" });
    assert.equal(await again.getAttribute("aria-disabled"), "true", "it is not asked for twice");
  });

  test("of two people who edit one project, the second is told before they replace anything", async (t) => {
    const finn = await browser.visitor(t, { as: "finn-staff" });
    const jonas = await browser.visitor(t, { as: "jonas-signoff" });
    for (const page of [finn, jonas]) await page.goto("/staff/projects/opioid-trends/edit/");
    await jonas.getByLabel("Co-pilot notes").fill("Ask for the protocol.");
    await jonas.getByRole("button", { name: "Save" }).click();
    await notice(jonas, "Saved Trends in opioid prescribing.").waitFor();

    await finn.getByLabel("Co-pilot notes").fill("Call on Fridays.");
    await finn.getByRole("button", { name: "Save" }).click();
    await finn.getByRole("alert").getByText("Somebody saved “Ask for the protocol.” here meanwhile.").waitFor();
    assert.equal(await finn.getByLabel("Co-pilot notes").inputValue(), "Call on Fridays.");
    await jonas.reload();
    await jonas.locator("#copiloting").getByText("Ask for the protocol.").waitFor();

    await finn.getByRole("button", { name: "Save" }).click();
    await notice(finn, "Saved Trends in opioid prescribing.").waitFor();
    await finn.locator("#copiloting").getByText("Call on Fridays.").waitFor();
    await finn.getByRole("link", { name: "Audit log" }).click();
    await finn.getByText(/From: Ask for the protocol\.; To: Call on Fridays\./).waitFor();
  });
}

/** Everybody sees it on every page, so nothing else should be tested meanwhile. */
export function siteAlerts() {
  test("a site alert is seen by everybody until it is deleted", async (t) => {
    const page = await browser.visitor(t, { as: "finn-staff" });
    const ada = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/staff/site-alerts/");
    await page.getByRole("link", { name: "Add a site alert" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("No jobs on Sunday");
    const harm = '<script>document.title = "taken over"</script><b onclick="document.title = 1">Thanks</b>';
    const message = `See <a href="/status/">the status</a>. ${harm}`;
    await page.getByRole("textbox", { name: "Message" }).fill(message);
    await page.getByRole("radio", { name: "Warning" }).check();
    await page.getByRole("button", { name: "Save" }).click();
    await notice(page, "Alert was created successfully").waitFor();

    await ada.goto("/settings/");
    const alert = ada.locator(".alerts .alert").filter({ hasText: "No jobs on Sunday" });
    assert.equal(await alert.locator("script, [onclick]").count(), 0, "what could do harm is taken out");
    await alert.getByRole("link", { name: "the status" }).click();
    await ada.waitForURL("/status/");
    assert.notEqual(await ada.title(), "taken over");
    const stranger = await browser.visitor(t);
    await stranger.goto("/status/");
    assert.equal(await stranger.getByText("No jobs on Sunday").count(), 0, "only who is signed in sees it");

    await page.goto("/staff/site-alerts/");
    await page.getByRole("link", { name: /No jobs on Sunday/ }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await notice(page, "Alert was deleted successfully").waitFor();
    await ada.reload();
    assert.equal(await ada.getByText("No jobs on Sunday").count(), 0);
  });
}
