// The staff area with JavaScript switched off: lists, pickers, forms and questions work by links and forms alone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { browser } from "../support/world.mjs";

const KIM = "kim-everything";
const rows = (page) => page.getByRole("main").locator("tbody tr");
const notice = (page, text) => page.getByRole("alert").filter({ hasText: text });

export function staffWithoutScripts() {
  test("without scripts, lists are searched, filtered and paged", async (t) => {
    const page = await browser.visitor(t, { as: KIM, scripts: false });
    await page.goto("/staff/job-requests/");
    await page.getByRole("searchbox", { name: /^Search by person/ }).fill("asthma");
    await page.locator("summary").filter({ hasText: "Backend" }).click();
    await page.getByLabel("EMIS").check();
    await page.locator("details[open]").getByRole("button", { name: "Apply filters" }).click();
    await page.waitForURL(/q=asthma.*backends=emis/);
    const backends = await page.locator('td[data-label="Backend"]').allTextContents();
    assert.ok(backends.length > 0 && backends.every((backend) => /emis/i.test(backend)), `${backends}`);
    assert.equal(await page.locator(".js-only:visible").count(), 0, "nothing is offered that needs scripts");

    await page.goto("/staff/audit-log/");
    await page.locator("summary").filter({ hasText: "Done by" }).click();
    await page.getByRole("searchbox", { name: "Done by: the exact name" }).fill(KIM);
    await page.keyboard.press("Enter");
    await page.waitForURL(/by=kim-everything/);
    assert.equal(await rows(page).count(), 25);
    await page.getByRole("navigation", { name: "Pagination" }).getByRole("link", { name: "Next" }).click();
    await page.waitForURL(/page=2/);
    const sentences = await page.locator('td[data-label="What"] .sentence').allTextContents();
    assert.ok(sentences.length > 0 && sentences.every((sentence) => sentence.startsWith("Kim Seo-yeon")), `${sentences}`);
  });

  test("without scripts, somebody is found and added to an organisation", async (t) => {
    const page = await browser.visitor(t, { as: KIM, scripts: false });
    await page.goto("/staff/orgs/westmere/");
    await page.getByRole("searchbox", { name: "Find: People" }).fill("nobody of that name");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("Nothing found for “nobody of that name”.").waitFor();
    await page.getByRole("searchbox", { name: "Find: People" }).fill("lindq");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByLabel(/Cora Lindqvist/).check();
    await page.getByRole("button", { name: "Add members" }).click();
    await notice(page, "Cora Lindqvist").waitFor();
    await page.locator("#members").getByRole("link", { name: /Cora Lindqvist/ }).waitFor();
  });

  test("without scripts, a project is edited, and what was typed wrongly is kept", async (t) => {
    const page = await browser.visitor(t, { as: KIM, scripts: false });
    await page.goto("/staff/projects/vaccine-coverage/");
    await page.getByRole("link", { name: "Edit", exact: true }).click();
    await page.getByLabel("URL slug").fill("asthma-reviews");
    await page.getByLabel("Status description").fill("Retired, **for good**.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").getByRole("link").first().waitFor();
    assert.equal(await page.getByLabel("URL slug").inputValue(), "asthma-reviews");
    await page.getByLabel("URL slug").fill("vaccine-coverage");
    await page.getByRole("button", { name: "Save" }).click();
    await notice(page, "Saved Vaccine coverage report.").waitFor();
    await page.locator("strong").filter({ hasText: "for good" }).waitFor();
  });

  test("without scripts, a backend's token is rotated after a question", async (t) => {
    const page = await browser.visitor(t, { as: KIM, scripts: false });
    await page.goto("/staff/backends/add/");
    await page.getByLabel("Name").fill("Scratch");
    await page.getByLabel("Slug").fill("scratch");
    await page.getByRole("button", { name: "Create backend" }).click();
    const first = await page.locator("#token").textContent();
    await page.reload();
    assert.equal(await page.locator("#token").count(), 0, "a token is shown once");

    await page.getByRole("button", { name: "Rotate token" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Go back" }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Rotate token" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate token" }).click();
    await notice(page, "The token was rotated.").waitFor();
    const second = await page.locator("#token").textContent();
    assert.match(second, /^[0-9a-f]{40}$/);
    assert.notEqual(second, first);
  });

  test("without scripts, an application is deleted and restored", async (t) => {
    const page = await browser.visitor(t, { as: KIM, scripts: false });
    await page.goto("/staff/applications/?q=shingles");
    await page.getByRole("link", { name: /Shingles vaccine/ }).click();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await notice(page, /deleted\. It can be restored/).waitFor();
    const row = rows(page).filter({ hasText: "Shingles vaccine" });
    assert.equal(await row.getByRole("link").count(), 0, "it has no page any more");
    await row.getByRole("button", { name: /^Restore/ }).click();
    await notice(page, /was restored/).waitFor();
    await page.goto("/staff/applications/?q=shingles");
    await rows(page).getByRole("link", { name: /Shingles vaccine/ }).waitFor();
  });
}
