// Lists, menus and small comforts, mostly without a mouse.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hasFocus, tabTo } from "../support/keyboard.mjs";
import { askForJobs } from "../support/requests.mjs";
import { browser } from "../support/world.mjs";

const LOG = "/asthma-reviews/asthma-reviews-main/logs/";

export function listsByKeyboard() {
  test("the event log is paged", async (t) => {
    const page = await browser.visitor(t, { as: "kim-everything" });
    // The sample data are not enough for a second page; asking again for what is on its way adds only a line.
    for (let more = 0; more < 6; more += 1) {
      await askForJobs(page, "/opensafely-internal/database-checks/", { backend: "emis", actions: ["latest_build"] });
    }
    await page.goto("/event-log/");
    assert.equal(await page.locator("#requests tbody tr").count(), 25);
    const pages = page.getByRole("navigation", { name: "Pagination" });
    await pages.getByRole("link", { name: "Next" }).click();
    await page.waitForURL("/event-log/?page=2");
    assert.ok((await page.locator("#requests tbody tr").count()) > 0);
    await pages.getByRole("link", { name: "Previous" }).click();
    await page.waitForURL(/\/event-log\/(\?page=1)?$/);
    await page.locator("#requests tbody tr").first().getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: /^Job request/ }).waitFor();
  });

  test("the log of a workspace is searched and filtered by keyboard alone", async (t) => {
    const page = await browser.visitor(t);
    await page.goto(LOG);
    const all = await page.locator("#requests tbody tr").count();
    await page.keyboard.press("/");
    assert.ok(await hasFocus(page.getByRole("main").getByRole("searchbox")));
    await page.keyboard.type("draw_review_trend");
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]q=draw_review_trend/);
    const found = await page.locator("#requests tbody tr").count();
    assert.ok(found > 0 && found < all, `${found} of ${all}`);

    await page.keyboard.press("/");
    await page.keyboard.type("no-such-action");
    await page.keyboard.press("Enter");
    await page.getByText("No results found").waitFor();
    await tabTo(page, page.getByRole("link", { name: "Clear search" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(LOG);

    await tabTo(page, page.getByRole("checkbox", { name: "EMIS" }));
    await page.keyboard.press("Space");
    await tabTo(page, page.getByRole("button", { name: "Search" }));
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]backend=emis/);
    const backends = await page.locator('#requests td[data-label="Backend"]').allTextContents();
    assert.ok(backends.length > 0 && backends.every((backend) => backend === "EMIS"), `${backends}`);
  });

  test("the skip link is first, and everything that takes the focus shows it", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/asthma-reviews/asthma-reviews-main/");
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to the content" });
    assert.ok(await hasFocus(skip));
    assert.ok((await skip.boundingBox()).width > 50, "it is seen when it has the focus");
    const unseen = [];
    for (let stop = 0; stop < 40; stop += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => {
        const element = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const isSeen = element === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
        return isSeen ? undefined : element.outerHTML.slice(0, 120);
      });
      if (name) unseen.push(name);
    }
    assert.deepEqual(unseen, []);

    await page.goto("/asthma-reviews/asthma-reviews-main/");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)));
  });

  test("menus open and close by keyboard", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/status/");
    const account = page.locator("summary").filter({ hasText: "Ada Okafor" });
    await tabTo(page, account);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Log out" }).waitFor({ state: "hidden" });
    assert.ok(await hasFocus(account), "the focus is back");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await page.getByRole("heading", { level: 1 }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor({ state: "hidden" });
  });

  test("the choice of light or dark is remembered", async (t) => {
    const page = await browser.visitor(t, { colours: "light" });
    await page.goto("/");
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background();
    await page.locator("summary[aria-label=Theme]").click();
    await page.getByRole("button", { name: "Dark" }).click();
    const dark = await background();
    assert.notEqual(dark, light);
    await page.goto("/status/");
    assert.equal(await background(), dark);
    await page.locator("summary[aria-label=Theme]").click();
    assert.equal(await page.getByRole("button", { name: "Dark" }).getAttribute("aria-pressed"), "true");
    await page.getByRole("button", { name: "Same as the system" }).click();
    assert.equal(await background(), light);
    await page.reload();
    assert.equal(await background(), light);
  });

  test("identifiers are copied with a button", async (t) => {
    const page = await browser.visitor(t);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(LOG);
    await page.locator("#requests tbody tr").last().getByRole("link").first().click();
    const identifier = await page.locator(".page-by span").last().locator("code").textContent();
    await page.getByRole("button", { name: `Copy identifier ${identifier}` }).click();
    await page.locator("#announcements").getByText("Copied").waitFor({ state: "attached" });
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), identifier);
  });
}
