import { chromium } from "playwright-core";
const base = "http://127.0.0.1:8765";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--disable-gpu"] });
async function open(who, width, dark) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light" });
  const page = await context.newPage();
  page.on("console", (m) => { if (m.type() === "error") console.log("console", page.url(), m.text()); });
  page.on("pageerror", (e) => console.log("pageerror", page.url(), e.message));
  if (who) {
    await page.goto(base + "/login/as/");
    const token = await page.inputValue('input[name=csrfmiddlewaretoken]');
    await page.evaluate(async ([who, token]) => { await fetch("/login/as/", { method: "POST", redirect: "manual", headers: {"content-type": "application/x-www-form-urlencoded"}, body: new URLSearchParams({ username: who, csrfmiddlewaretoken: token }) }); }, [who, token]);
  }
  return page;
}
const R = "/statins/statins-main/releases/", rel = R + "01JNG0V6ZQ8T4M2X9K5R7B3C01/";
const ada = await open("ada", 1280), checker = await open("checker", 1280), nobody = await open(null, 1280), phone = await open("checker", 390), dark = await open("checker", 1280, true);
async function shot(page, path, name, act) {
  const response = await page.goto(base + path); if (response.status() !== 200) console.log(name, response.status());
  if (act) await act(page);
  await page.waitForTimeout(400);
  await page.screenshot({ path: `/tmp/h5v/${name}.png`, fullPage: name !== "release" });
}
const unfold = async (page) => { const s = page.locator("summary", { hasText: "List (" }).first(); await s.click(); await page.waitForSelector(".disclosure-body form, .disclosure-body ul"); };
await shot(checker, R, "workspace-list", unfold);
await shot(checker, "/statins/releases/", "project-list", unfold);
await shot(phone, "/statins/releases/", "project-list-phone", unfold);
await shot(phone, R, "workspace-list-phone", unfold);
await shot(nobody, R, "workspace-list-nobody");
// deleting from a list that was fetched
await checker.goto(base + R); await unfold(checker);
await checker.locator("form button", { hasText: "Delete file" }).first().click();
await checker.waitForSelector("#confirm-dialog[open]");
console.log("dialog:", await checker.locator("#confirm-title").textContent());
await checker.screenshot({ path: "/tmp/h5v/dialog.png" });
await Promise.all([checker.waitForURL("**" + R), checker.locator("#confirm-dialog button[value=yes]").click()]);
console.log("after:", (await checker.locator(".alerts").textContent()).trim());
// a draft, published by script, then taken back by form
await ada.goto(base + "/statins/statins-main/outputs/latest/"); await ada.locator("form[data-outputs-send=prepare] button").click();
await ada.waitForURL("**/outputs/4/"); console.log("prepared", ada.url());
await checker.goto(base + "/statins/statins-main/outputs/4/"); await checker.locator("form[data-outputs-send=publish] button").click();
await checker.waitForSelector("#confirm-dialog[open]"); await checker.locator("#confirm-dialog button[value=yes]").click();
await checker.waitForSelector("text=Unpublish"); console.log("published");
await checker.locator("button", { hasText: "Unpublish" }).first().click(); await checker.waitForSelector("#confirm-dialog[open]"); await checker.locator("#confirm-dialog button[value=yes]").click();
await checker.waitForSelector("text=Taken back"); console.log("taken back");

await shot(ada, rel + "output/tables/table_9.csv", "release");
await shot(dark, "/statins/statins-main/outputs/latest/", "latest-dark");
await shot(ada, "/statins/statins-main/outputs/latest/", "latest");
await shot(checker, "/statins/statins-main/outputs/2/", "snapshot-draft");
await shot(checker, "/statins/statins-main/outputs/3/", "snapshot-rejected");
await shot(checker, "/statins/statins-main/outputs/1/", "snapshot-published");
await shot(nobody, "/statins/statins-main/outputs/1/", "snapshot-public");
await shot(ada, "/statins/statins-main/outputs/", "outputs");
await shot(checker, rel + "files/", "files");
await shot(ada, "/statins/", "project");
await shot(ada, "/statins/statins-main/", "workspace");
// axe
import AxeBuilder from "@axe-core/playwright";
for (const [page, path] of [[checker, R], [checker, "/statins/releases/"], [ada, rel + "output/tables/table_9.csv"], [checker, "/statins/statins-main/outputs/2/"], [checker, "/statins/statins-main/outputs/1/"], [nobody, "/statins/statins-main/outputs/1/"], [ada, "/statins/statins-main/outputs/"], [ada, "/statins/statins-main/outputs/latest/"], [checker, rel + "files/"], [dark, "/statins/statins-main/outputs/latest/"], [phone, "/statins/releases/"]]) {
  await page.goto(base + path);
  if (path.endsWith("releases/")) await unfold(page);
  const found = await new AxeBuilder({ page }).analyze();
  for (const v of found.violations) console.log("axe", path, v.id, v.nodes.slice(0,3).map((n) => n.target.join(" ")).join(" | "));
}
await browser.close();
