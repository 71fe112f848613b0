// A new installation, from an empty database to a job that has run: one command, everything else in the browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Browser } from "../support/browser.mjs";
import { Site } from "../support/site.mjs";

const PACE_MS = 100;
const ADMIN = { username: "finn-staff", name: /Finn/ };
const DEVELOPER = { username: "ada-researcher", name: "Ada Okafor" };

export function freshInstall() {
  test("somebody sets Job Server up from nothing, and a researcher runs a job on it", async (t) => {
    const site = await Site.start(PACE_MS, "--empty");
    t.after(() => site.stop());
    const browser = await Browser.launch(site);
    t.after(() => browser.close());

    const admin = await browser.visitor(t);
    await signIn(admin, site, ADMIN.username);
    assert.equal(await staffLink(admin).count(), 0, "nobody is staff yet");
    assert.match(await site.manage("create_user", ADMIN.username, "-s"), /Added StaffAreaAdministrator/);
    await admin.reload();

    const developer = await browser.visitor(t);
    await signIn(developer, site, DEVELOPER.username);

    await createBackend(admin);
    await giveAccess(admin, DEVELOPER);
    await becomeServiceAdministrator(admin);
    await createOrganisation(admin);
    await createProject(admin);
    await addDeveloper(admin);

    const workspace = await createWorkspace(developer);
    await runJob(developer, workspace);
    await assertRecorded(admin);
  });
}

const staffLink = (page) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Staff/ });

const openStaff = async (page, section) => {
  await page.goto("/");
  await staffLink(page).click();
  await page.getByRole("main").getByRole("link", { name: section, exact: true }).first().click();
  await page.getByRole("heading", { level: 1, name: section }).waitFor();
};

async function signIn(page, site, username) {
  await page.goto("/login/");
  await page.getByRole("button", { name: "Sign in with GitHub" }).click();
  await page.waitForURL(`${site.github}/login/oauth/authorize?**`);
  await page.getByRole("button", { name: username }).click();
  await page.waitForURL(`${site.url}/`);
}

async function createBackend(page) {
  await openStaff(page, "Backends");
  await page.getByRole("link", { name: "Create a backend" }).first().click();
  await page.getByLabel("Name").fill("Test backend");
  await page.getByLabel("Slug").fill("test");
  await page.getByLabel("Active").check();
  await page.getByRole("button", { name: "Create backend" }).click();
  await page.getByRole("heading", { level: 1, name: "Backend: Test backend" }).waitFor();
  const token = await page.locator("#token").textContent();
  assert.match(token, /^[0-9a-f]{40}$/);
  await page.reload();
  assert.ok(!(await page.content()).includes(token), "the token is shown once");
}

async function giveAccess(page, { username, name }) {
  await openStaff(page, "Users");
  await page.getByRole("searchbox").last().fill(username);
  await page.keyboard.press("Enter");
  await page.getByRole("main").getByRole("link", { name: new RegExp(name) }).first().click();
  await page.getByLabel("Test backend").check();
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByRole("alert").filter({ hasText: "Saved" }).waitFor();
  assert.ok(await page.getByLabel("Test backend").isChecked());
}

async function becomeServiceAdministrator(page) {
  await page.goto(`/staff/users/${ADMIN.username}/`);
  await page.getByRole("link", { name: "Edit roles" }).click();
  await page.getByRole("checkbox", { name: /^Service Administrator/ }).check();
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.getByRole("alert").filter({ hasText: "Saved" }).waitFor();
}

async function createOrganisation(page) {
  await openStaff(page, "Organisations");
  await page.getByRole("link", { name: "Create an organisation" }).first().click();
  await page.getByLabel("Organisation name").fill("Institute of Sample Data");
  await page.getByRole("button", { name: "Add org" }).click();
  await page.getByRole("heading", { level: 1, name: "Organisation: Institute of Sample Data" }).waitFor();
  await page.getByRole("link", { name: /View on GitHub.*opensafely/ }).waitFor();
  await choose(page, DEVELOPER.name);
  await page.getByRole("button", { name: "Add members" }).click();
  await page.locator("#members").getByRole("link", { name: new RegExp(DEVELOPER.name) }).first().waitFor();
}

async function createProject(page) {
  await openStaff(page, "Projects");
  await page.getByRole("link", { name: "Create a project" }).first().click();
  await page.getByLabel("Project ID").fill("7");
  await page.getByLabel("Project title").fill("A First Study");
  await page.getByLabel("Link project to an organisation").selectOption({ label: "Institute of Sample Data" });
  const copilots = page.getByLabel("Project Co-pilot");
  await copilots.selectOption({ label: await copilots.locator("option").nth(1).textContent() });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Project created" }).waitFor();
  await page.getByText("7: A First Study").first().waitFor();
}

async function addDeveloper(page) {
  await page.getByRole("link", { name: "Add members to project" }).click();
  await choose(page, DEVELOPER.name);
  await page.getByRole("checkbox", { name: /^Project Developer/ }).check();
  await page.getByRole("button", { name: "Add members" }).click();
  await page.getByRole("heading", { level: 1, name: /A First Study/ }).waitFor();
  await page.locator("#members").getByText("Project Developer").waitFor();
}

/** Finds somebody by a fragment of their name and ticks them. */
async function choose(page, name) {
  await page.locator("[data-picker-find]").pressSequentially(name.slice(0, 3));
  await page.locator("[data-picker-found]").getByLabel(new RegExp(name)).check();
}

async function createWorkspace(page) {
  await page.goto("/");
  await page.getByRole("link", { name: /A First Study/ }).first().click();
  await page.getByRole("link", { name: "Create a new workspace" }).click();
  await page.getByLabel("Name").fill("first-study-main");
  await page.getByLabel("Purpose").fill("The first of all.");
  await page.getByRole("combobox", { name: "Repository" }).selectOption({ label: "asthma-reviews" });
  await page.getByRole("button", { name: "Create workspace" }).click();
  await page.getByRole("heading", { level: 1, name: "first-study-main" }).waitFor();
  return new URL(page.url()).pathname;
}

async function runJob(page, workspace) {
  await page.goto(`${workspace}run-jobs/`);
  await page.getByRole("checkbox").first().check();
  await page.getByRole("button", { name: "Request jobs" }).click();
  await page.waitForURL(`**${workspace}logs/`);
  await page.locator("#requests tbody tr").first().getByRole("link").first().click();
  await page.locator('.page-head .pill[data-state="succeeded"], .page-head .pill[data-state="failed"]').waitFor();
  await page.locator('#jobs .pill[data-state="succeeded"]').first().waitFor();
}

/** Who did what, in sentences. */
async function assertRecorded(page) {
  await page.goto("/staff/audit-log/");
  const log = page.getByRole("main");
  for (const fact of ["Test backend", "Institute of Sample Data", "A First Study", "Service", DEVELOPER.name]) {
    await log.getByText(fact).first().waitFor();
  }
  await page.goto("/staff/projects/a-first-study/audit-log/");
  await log.getByText("ProjectDeveloper").first().waitFor();
}
