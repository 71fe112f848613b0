// Staff find things by keyboard alone: the search of the whole staff area, a list's filters, tables of dashboards.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hasFocus, tabTo } from "../support/keyboard.mjs";
import { until } from "../support/until.mjs";
import { browser } from "../support/world.mjs";

const KIM = "kim-everything";

export function staffSearch() {
  test("anything is found from any page by keyboard alone", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    await page.goto("/staff/backends/");
    await page.keyboard.press("/");
    assert.ok(await hasFocus(page.getByRole("searchbox", { name: "Search the site" })));
    await page.keyboard.type("asthma");
    await page.keyboard.press("Enter");
    await page.waitForURL("/?q=asthma");
    await tabTo(page, page.getByRole("link", { name: "asthma-reviews-sensitivity" }));
    await page.keyboard.press("Enter");
    await page.waitForURL("/asthma-reviews/asthma-reviews-sensitivity/");

    await page.goto("/staff/");
    assert.ok(await hasFocus(page.getByRole("searchbox", { name: "Search the staff area" })), "ready to type");
    await page.keyboard.type("falls and blood");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/staff\/\?q=falls/);
    await tabTo(page, page.getByRole("link", { name: "Application 9a51" }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Application 9a51" }).waitFor();
  });

  test("a list is searched and filtered by keyboard alone", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    await page.goto("/staff/users/");
    const people = page.getByRole("main").locator("tbody tr");
    const everybody = await people.count();

    const organisation = page.locator("summary").filter({ hasText: "Organisation" });
    await tabTo(page, organisation);
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel("Harbour Analytics"));
    await page.keyboard.press("Space");
    await tabTo(page, page.locator("details[open]").getByRole("button", { name: "Apply filters" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]org=harbour/);
    const colleagues = await people.count();
    assert.ok(colleagues > 1 && colleagues < everybody, `${colleagues} of ${everybody}`);

    await page.keyboard.press("/");
    await page.keyboard.type("finn");
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]q=finn/);
    assert.match(page.url(), /[?&]org=harbour/, "the filter is kept");
    assert.deepEqual(await people.locator("a").allTextContents(), ["Finn O’Brien (finn-staff)"]);

    await tabTo(page, page.getByRole("link", { name: /Harbour Analytics\s*, drop this filter/ }));
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !/org=/.test(url.search));
    await tabTo(page, page.getByRole("link", { name: "Clear search" }));
    await page.keyboard.press("Enter");
    await page.waitForURL("/staff/users/");
    assert.equal(await people.count(), everybody);
  });

  test("a filter with many values is looked up while somebody types", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    await page.goto("/staff/job-requests/");
    await tabTo(page, page.locator("summary").filter({ hasText: "Created by" }));
    await page.keyboard.press("Enter");
    const box = page.getByRole("searchbox", { name: "Find: Created by" });
    await until("the box takes the focus", () => hasFocus(box));
    await page.keyboard.type("nova");
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByLabel(/Bela Novak/));
    await page.keyboard.press("Space");
    await tabTo(page, page.locator("details[open]").getByRole("button", { name: "Apply filters" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(/bela-researcher/);
    const requests = await page.locator('td[data-label="Request"]').allTextContents();
    assert.ok(requests.length > 0 && requests.every((request) => request.includes("Bela Novak")), `${requests}`);
  });

  test("the table of a dashboard is filtered and sorted where it stands", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    await page.goto("/staff/dashboards/project/");
    const names = page.locator('#customTable td[data-label="Project"]:visible');
    const all = await names.count();
    await page.locator("#customTable .table-filters input").first().fill("opioid");
    await page.locator("[data-table-count]").filter({ hasText: `1 of ${all} rows` }).waitFor();
    assert.match((await names.allTextContents()).join(), /^Trends in opioid prescribing/);
    await page.locator("#customTable .table-filters input").first().fill("");
    await page.locator("#customTable th").first().getByRole("button").click();
    const sorted = await names.allTextContents();
    assert.deepEqual(sorted, [...sorted].sort((one, other) => one.localeCompare(other)));
  });
}
