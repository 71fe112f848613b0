// Looking through released files: every kind of content, by mouse and by keyboard; what a file must not be able to do;
// a draft publication and its publication.

import assert from "node:assert/strict";
import { test } from "node:test";

import { assertInEveryLook } from "../support/checks.mjs";
import { hasFocus } from "../support/keyboard.mjs";
import { until } from "../support/until.mjs";
import { browser } from "../support/world.mjs";

const ADA = "ada-researcher";
const WORKSPACE = "/asthma-reviews/asthma-reviews-main/";
/** Of the sample data: a file of every kind, one deleted, one never uploaded. */
const RELEASE = `${WORKSPACE}releases/01K3A5S3J00000000000000001/`;

const LONG = "output/tables/reviews_by_practice_and_month.csv";
const WIDE = "output/tables/weekly_counts.csv";
const REPORT = "output/report/report.html";
const DRAWING = "output/figures/trend.svg";

/** What the browser says when a released page tries what it may not. */
const KEPT_IN = [/Unsafe attempt to initiate navigation/, /(Connecting to|Framing) .* violates/, /Refused to connect/];

/** A file, what is said of its size, and its cells below the header. */
const TABLES = [
  ["\ufeffa,b\r\n1,2\r\n", "1 row, 2 columns", [["1", "2"]]],
  ["a,b\n1,2", "1 row, 2 columns", [["1", "2"]]],
  ['a,b\n"x, ""y""",\n', "1 row, 2 columns", [['x, "y"', ""]]],
  ['a,b\n"one\r\ntwo",3\n', "1 row, 2 columns", [["one ⏎ two", "3"]]],
  ['a,b\n5" x,"z"z\n', "1 row, 2 columns", [['5" x', "zz"]]],
  ["a,b\n1\n1,2,3\n", "2 rows, 3 columns", [["1", "", ""], ["1", "2", "3"]]],
  ["a\n\n1\n", "2 rows, 1 column", [[""], ["1"]]],
  ["a;b\n1,5;2\n", "1 row, 2 columns", [["1,5", "2"]]],
  ["a\tb\r1\t2\r", "1 row, 2 columns", [["1", "2"]]],
  ["a,b\nM\xfcller,1\n", "1 row, 2 columns", [["M\xfcller", "1"]]],
  ["a,b\n", "0 rows, 2 columns", []],
  ['a,b\n1,2\n"3,4\n5,6\n', "2 rows, 2 columns", [["1", "2"], ["3,4 ⏎ 5,6", ""]]],
];

/** What the browser says of a refusal that the page tells its reader. */
const REFUSED = [/the server responded with a status of 40\d/];

export function outputs() {
  test("released files are opened one after the other, each as its kind wants to be seen", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE);
    await page.getByText("Choose a file").waitFor();
    await choose(page, "table1.csv");
    assert.equal(new URL(page.url()).pathname, `${RELEASE}output/tables/table1.csv`);
    assert.match(await page.title(), /^output\/tables\/table1\.csv – /);
    await page.getByText("45 rows, 5 columns").waitFor();
    const table = page.getByRole("table");
    await table.getByRole("columnheader", { name: "2024" }).waitFor();
    await table.getByRole("cell", { name: "Under 18, all" }).waitFor();
    await table.getByRole("cell", { name: '"Quoted"' }).waitFor();
    await table.getByRole("cell", { name: "two ⏎ lines" }).waitFor();
    await table.getByRole("cell", { name: "<script>document.title = 'wrong'</script>" }).waitFor();

    await choose(page, "model.txt");
    await page.locator("pre").getByText("<i>smoker</i>").waitFor();
    await choose(page, "make_table.log");
    await page.locator("pre").getByText("rows kept").waitFor();

    await choose(page, "summary.json");
    await page.getByText('"Übersicht <b>of everything</b> & more"').waitFor();
    await page.locator("summary").filter({ hasText: "months" }).click();
    await page.locator("summary").filter({ hasText: "2 keys" }).first().click();
    await page.locator(".json-tree").getByText("month: 1", { exact: true }).waitFor();
    await page.getByRole("button", { name: "As text" }).click();
    await page.locator("pre").getByText('"rounded_to": 5').waitFor();

    await choose(page, "rates.png");
    await page.getByText("of 320 × 200 pixels").waitFor();
    await page.getByRole("button", { name: "Larger" }).click();
    await page.getByText("125 % of").waitFor();
    await page.getByRole("region", { name: /^Picture/ }).press("0");
    await page.getByText("100 % of").waitFor();

    await choose(page, "report.pdf");
    await page.locator("iframe.outputs-frame").or(page.getByText("does not show PDF documents")).waitFor();
    await choose(page, "empty.csv");
    await page.getByText("This file is empty.").waitFor();
  });

  test("a table of 100,000 rows is there at once, scrolled to its end and searched", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE + LONG);
    await page.getByText("100,000 rows, 5 columns").waitFor();
    const sheet = page.locator(".sheet");
    const numbers = () => sheet.locator("tbody th").allTextContents();
    assert.equal((await numbers())[0], "1");
    await sheet.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await sheet.getByText("100000", { exact: true }).waitFor();
    assert.ok((await numbers()).length < 150, "only what is in view is in the page");
    const header = await sheet.getByRole("columnheader", { name: "practice" }).boundingBox();
    assert.ok(Math.abs(header.y - (await sheet.boundingBox()).y) < 3, "the header stays");

    const found = page.locator(".outputs-found");
    await page.getByPlaceholder("Find in this file").fill("p0700,");
    await page.keyboard.press("Enter");
    await found.getByText("row 50,401").waitFor();
    assert.match(await sheet.locator("[data-found]").textContent(), /^50401P0700/);
    await page.keyboard.press("Enter");
    await found.getByText("row 50,402").waitFor();
    await page.getByPlaceholder("Find in this file").fill("nowhere to be found");
    await page.keyboard.press("Enter");
    await found.getByText("not found").waitFor();

    await sheet.focus();
    await page.keyboard.press("Home");
    await until("the first row is back", async () => (await numbers())[0] === "1");
  });

  test("tables are read as programs write them", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    let body;
    await page.route("**/api/v2/releases/file/*", (route) => route.fulfill({ body, contentType: "text/csv" }));
    for (const [text, size, cells] of TABLES) {
      body = Buffer.from(text, text.includes("\xfc") ? "latin1" : "utf-8");
      await page.goto(`${RELEASE}output/tables/table1.csv`);
      await page.locator(".outputs-bar").getByText(size).waitFor();
      const rows = await page.locator(".sheet tbody tr[aria-rowindex]").evaluateAll((all) =>
        all.map((row) => [...row.querySelectorAll("td[aria-colindex]")].map((cell) => cell.textContent)),
      );
      assert.deepEqual(rows, cells, JSON.stringify(text));
    }
    await page.getByText("A quotation mark is never closed").waitFor();
  });

  test("a wide table has only the columns in view in the page", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE + WIDE);
    await page.getByText("40 rows, 300 columns").waitFor();
    const sheet = page.locator(".sheet");
    const before = await sheet.locator("thead th").count();
    assert.ok(before < 100, `${before} columns`);
    await sheet.evaluate((element) => element.scrollTo(element.scrollWidth, 0));
    const last = sheet.getByRole("columnheader", { name: "week_299" });
    await last.waitFor();
    const [cell, edge] = [await last.boundingBox(), await sheet.boundingBox()];
    assert.ok(cell.x + cell.width <= edge.x + edge.width + 1, "the last column is reached");
    assert.equal(await sheet.locator("tbody tr").nth(1).locator("th").textContent(), "1");
  });

  test("a released page runs its scripts and reaches nothing of the site", async (t) => {
    const page = await browser.visitor(t, { as: ADA, expected: KEPT_IN });
    await page.goto(RELEASE + REPORT);
    const frame = page.frameLocator("iframe.outputs-frame");
    await frame.locator(".bar").nth(5).waitFor();
    await frame.getByText("read the site's cookies: kept out").waitFor();
    await frame.getByText("use the site's storage: kept out").waitFor();
    assert.equal(await frame.locator(".got-in").count(), 0);
    await assertIsKeptIn(releasedFrame(page));
    assert.ok(page.url().endsWith(REPORT), "the page around it stays where it is");

    // It cannot carry off what it knows either.
    const address = await page.getByRole("link", { name: "Open in a new tab" }).getAttribute("href");
    const inner = releasedFrame(page);
    await inner.evaluate(() => void setTimeout(() => (location.href = "https://elsewhere.example/")));
    await until("the browser refuses", () => inner.url().startsWith("chrome-error:"));

    // The same in a tab of its own.
    await page.goto(address);
    await page.locator(".bar").nth(5).waitFor();
    assert.equal(await page.locator(".got-in").count(), 0);
    assert.equal(await page.evaluate(() => self.origin), "null");
  });

  test("a drawing's script does not run, neither in the page nor by itself", async (t) => {
    const page = await browser.visitor(t, { as: ADA, expected: [/Blocked script execution/] });
    await page.goto(RELEASE + DRAWING);
    const picture = page.locator(".outputs-picture img");
    await until("the picture is there", () => picture.evaluate((image) => image.naturalWidth === 640));
    await page.goto(await picture.getAttribute("src"));
    await page.getByText("no script ran").waitFor();
  });

  test("files are turned over by keyboard, and back and forward follow", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE);
    const names = await page.locator(".outputs-link").evaluateAll((links) => links.map((link) => link.title.split("\n")[0]));
    const shown = () => page.locator('.outputs-link[aria-current="page"]').evaluate((link) => link.title.split("\n")[0]);
    await page.keyboard.press("j");
    assert.equal(await shown(), names[0]);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    assert.equal(await shown(), names[2]);
    await page.keyboard.press("k");
    assert.equal(await shown(), names[1]);
    await page.goBack();
    assert.equal(await shown(), names[2]);
    await page.goBack();
    await page.goForward();
    assert.equal(await shown(), names[2]);
    assert.equal(decodeURIComponent(new URL(page.url()).pathname), RELEASE + names[2]);
    await page.reload();
    await until("the address alone says which", async () => (await shown()) === names[2]);

    await page.locator(".outputs-folder > summary").first().focus();
    const folder = page.locator(".outputs-folder").first();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await folder.getAttribute("open"), null);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await shown(), names[0]);
    await page.keyboard.press("ArrowLeft");
    assert.ok(await hasFocus(folder.locator("> summary")));
  });

  test("unusual names survive in addresses", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    for (const name of ["output/Größe & Alter – 100 %.csv", "output/表/図 1.svg", 'output/what\'s "this" <b>#1</b>?.txt']) {
      await page.goto(RELEASE);
      await page.locator(".outputs-link").and(page.locator(`[title^='${name.replaceAll("'", "\\'")}']`)).click();
      await page.getByRole("heading", { name }).waitFor();
      await page.reload();
      await page.getByRole("heading", { name }).waitFor();
      await page.goto(RELEASE + name.split("/").map(encodeURIComponent).join("/"));
      await page.getByRole("heading", { name }).waitFor();
    }
    await page.goto(`${RELEASE}output/none.csv`);
    await page.getByText("There is no file called output/none.csv here.").waitFor();
  });

  test("the list is narrowed and put in order", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE);
    const links = page.locator(".outputs-link:visible");
    const all = await links.count();
    await page.keyboard.press("/");
    await page.keyboard.type("TABLE1");
    await page.getByText(`1 of ${all} files`, { exact: true }).waitFor();
    assert.equal(await links.count(), 1);
    await page.getByRole("searchbox", { name: "Find a file" }).fill("no such name");
    await page.getByText("No file has this in its name.").waitFor();
    await page.getByRole("searchbox", { name: "Find a file" }).fill("");
    await page.getByLabel("Sort files by").selectOption("Created date");
    assert.equal(await page.locator(".outputs-folder").count(), 0);
    assert.equal(await links.count(), all);
    await page.getByRole("button", { name: "Hide file list" }).waitFor({ state: "detached" });
    await links.first().click();
    await page.getByRole("button", { name: "Hide file list" }).click();
    assert.equal(await links.count(), 0);
    await page.getByRole("button", { name: "Show file list" }).click();
    assert.equal(await links.count(), all);
  });

  test("what was deleted says by whom and when, what never came says so", async (t) => {
    const page = await browser.visitor(t, { as: ADA, expected: REFUSED });
    await page.goto(RELEASE);
    await choose(page, "table2_unrounded.csv");
    await page.getByText(/^Deleted by .+ at \d{4}-\d\d-\d\d/).waitFor();
    assert.equal(await page.getByRole("link", { name: "Download", exact: true }).count(), 0);
    await choose(page, "table3.csv");
    await page.getByText("This file has not been uploaded.").waitFor();
    assert.equal(await page.locator(".toasts .alert").count(), 0);

    await page.route("**/api/v2/releases/file/*", (route) => route.fulfill({ status: 404, json: { detail: "" } }));
    await choose(page, "table1.csv");
    await page.locator(".toasts").getByText("table1.csv: This file is not there any more.").waitFor();
    await page.locator(".outputs-message").getByRole("link", { name: "Open file in a new tab" }).waitFor();
    await page.getByRole("button", { name: "Close this message" }).click();
    assert.equal(await page.locator(".toasts .alert").count(), 0);
  });

  test("on a phone the list gives way to the file", async (t) => {
    const page = await browser.visitor(t, { as: ADA, size: "narrow" });
    await page.goto(RELEASE);
    await choose(page, "table1.csv");
    await page.getByText("45 rows, 5 columns").waitFor();
    assert.equal(await page.locator(".outputs-list").isVisible(), false);
    await page.getByRole("button", { name: "Show file list" }).click();
    assert.equal(await page.locator(".outputs-list").isVisible(), true);
    await page.goto(RELEASE + REPORT);
    await page.frameLocator("iframe.outputs-frame").locator(".bar").first().waitFor();
    assert.equal(await page.locator(".outputs-list").isVisible(), false);
  });

  test("without scripts every file is a link, and the browser shows what it can", async (t) => {
    const page = await browser.visitor(t, { as: ADA, scripts: false });
    await page.goto(RELEASE);
    await page.locator(".outputs-link").filter({ hasText: "rates.png" }).click();
    await page.waitForURL(`${RELEASE}output/figures/rates.png`);
    await page.locator(".outputs-picture img").waitFor();
    await page.locator(".outputs-link").filter({ hasText: "report.html" }).click();
    await page.frameLocator("iframe").getByRole("heading", { name: "Asthma reviews in primary care" }).waitFor();
    await page.locator(".outputs-link").filter({ hasText: "table1.csv" }).click();
    await page.getByRole("link", { name: "Open the file in a new tab" }).waitFor();
    await page.getByText(/Deleted by/).first().waitFor();
    assert.equal(await page.locator(".js-only:visible").count(), 0, "nothing is offered that needs scripts");
  });

  test("a draft is prepared from the latest files, and a refusal is told", async (t) => {
    const page = await browser.visitor(t, { as: "bela-researcher", expected: REFUSED });
    await page.goto("/long-covid-and-work/long-covid-and-work/outputs/latest/");
    const create = page.getByRole("button", { name: "Create a draft publication" });
    const refusal = { status: 403, json: { detail: "You do not have permission to perform this action." } };
    await page.route("**/snapshots", (route) => route.fulfill(refusal), { times: 1 });
    await create.click();
    await page.locator(".toasts").getByText("Error: You do not have permission to perform this action.").waitFor();
    await create.click();
    await page.waitForURL(/\/outputs\/\d+\/$/);
    await choose(page, "estimates.csv");
    await page.getByText("45 rows, 5 columns").waitFor();
  });

  test("a publisher publishes a draft after being asked once", async (t) => {
    const page = await browser.visitor(t, { as: "edda-publisher" });
    const anybody = await browser.visitor(t, { expected: REFUSED });
    await page.goto(`${WORKSPACE}outputs/`);
    await page.locator('#content a[href*="/outputs/"]').filter({ hasText: /\d/ }).first().click();
    const address = new URL(page.url()).pathname;
    assert.equal((await anybody.goto(address)).status(), 404);
    await page.getByRole("button", { name: "Create a public published output" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
    await page.getByText("These outputs are published").waitFor();
    assert.equal(await page.getByRole("button", { name: "Create a public published output" }).count(), 0);
    assert.equal((await anybody.goto(address)).status(), 200);
    await choose(anybody, "table1.csv");
    await anybody.getByText("45 rows, 5 columns").waitFor();
  });

  test("in every look: lists of released files", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    for (const path of ["releases/", "outputs/", "outputs/latest/"]) {
      await page.goto(WORKSPACE + path);
      await assertInEveryLook(page, path);
    }
  });

  test("in every look: the viewer with each kind of file", async (t) => {
    const page = await browser.visitor(t, { as: ADA });
    await page.goto(RELEASE);
    await assertInEveryLook(page, "no file chosen");
    const seen = {
      [LONG]: ".sheet tbody th",
      "output/model.txt": "pre",
      "output/summary.json": ".json-tree",
      [DRAWING]: ".outputs-picture img",
      "output/tables/table2_unrounded.csv": ".outputs-message",
      "output/tables/table3.csv": ".outputs-message",
    };
    for (const [name, content] of Object.entries(seen)) {
      await page.goto(RELEASE + name);
      await page.locator(content).first().waitFor();
      await assertInEveryLook(page, name);
    }
  });
}

async function choose(page, name) {
  await page.locator(".outputs-link").filter({ hasText: new RegExp(`^${name.replaceAll(".", "\\.")}`) }).click();
  await page.getByRole("heading", { level: 2, name: new RegExp(`${name.replaceAll(".", "\\.")}$`) }).waitFor();
}

const releasedFrame = (page) => page.frames().find((frame) => frame.url().includes("/releases/file/"));

/** Tries from within the frame what a hostile report would. */
async function assertIsKeptIn(frame) {
  const outcome = await frame.evaluate(async () => {
    const tried = async (how) => {
      try {
        return String(await how());
      } catch (error) {
        return error.name;
      }
    };
    return {
      origin: self.origin,
      cookies: await tried(() => document.cookie),
      around: await tried(() => parent.document.title),
      above: await tried(() => (top.location = "about:blank")),
      asked: await tried(() => fetch("/settings/").then((answer) => answer.status)),
    };
  });
  assert.deepEqual(outcome, {
    origin: "null",
    cookies: "SecurityError",
    around: "SecurityError",
    above: "SecurityError",
    asked: "TypeError",
  });
}
