// Workspaces: making one, changing it, its switches, and one that is archived.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hasFocus } from "../support/keyboard.mjs";
import { browser } from "../support/world.mjs";

const ARCHIVED = "/vaccine-coverage/vaccine-coverage-2024/";

export function workspaces() {
  test("the branches follow the repository while a workspace is made", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/asthma-reviews/");
    await page.getByRole("link", { name: "Create a new workspace" }).click();
    await page.getByLabel("Name").fill("asthma-made-with-scripts");
    await page.getByLabel("Purpose").fill("To see whether\nit works.");
    const branch = page.getByRole("combobox", { name: "Branch" });
    assert.deepEqual(await optionsOf(branch), []);
    await page.getByRole("searchbox", { name: "Find a repository" }).fill("opioid-t");
    assert.deepEqual(await optionsOf(page.getByRole("combobox", { name: "Repository" })), ["opioid-trends"]);
    await page.getByRole("combobox", { name: "Repository" }).selectOption({ label: "opioid-trends" });
    assert.ok(!(await optionsOf(branch)).includes("sensitivity"));
    await page.getByRole("searchbox", { name: "Find a repository" }).fill("");
    await page.getByRole("combobox", { name: "Repository" }).selectOption({ label: "asthma-reviews" });
    assert.ok((await optionsOf(branch)).includes("sensitivity"));
    assert.equal(await branch.inputValue(), "main", "the usual branch is chosen first");
    await branch.selectOption("sensitivity");
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "asthma-made-with-scripts" }).waitFor();
    await page.locator("#purpose").getByText("it works.").waitFor();
  });

  test("without scripts, a button fetches the branches, and what was typed stays", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher", scripts: false });
    await page.goto("/asthma-reviews/new-workspace/");
    await page.getByLabel("Name").fill("asthma-made-without");
    await page.getByLabel("Purpose").fill("Typed once.");
    await page.getByRole("combobox", { name: "Repository" }).selectOption({ label: "asthma-reviews" });
    await page.getByRole("button", { name: "Show all its branches" }).click();
    assert.equal(await page.getByLabel("Name").inputValue(), "asthma-made-without");
    assert.equal(await page.getByLabel("Purpose").inputValue(), "Typed once.");
    await page.getByRole("combobox", { name: "Branch" }).selectOption("sensitivity");
    await page.getByRole("button", { name: "Create workspace" }).click();
    await page.getByRole("heading", { level: 1, name: "asthma-made-without" }).waitFor();
  });

  test("a name that is taken is explained beside its field, and nothing is lost", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/asthma-reviews/new-workspace/");
    await page.getByLabel("Name").fill("asthma-reviews-main");
    await page.getByLabel("Purpose").fill("Not lost.");
    await page.getByRole("combobox", { name: "Repository" }).selectOption({ label: "asthma-reviews" });
    await page.getByRole("button", { name: "Create workspace" }).click();
    const summary = page.getByRole("alert").filter({ hasText: "Please look at this again" });
    await summary.getByRole("link", { name: /asthma-reviews-main/ }).click();
    assert.ok(await hasFocus(page.getByLabel("Name")));
    assert.equal(await page.getByLabel("Purpose").inputValue(), "Not lost.");
    assert.equal(await page.getByRole("combobox", { name: "Branch" }).inputValue(), "main");
  });

  test("purpose and notifications of a workspace are changed", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/opioid-trends/opioid-trends-2026/");
    await page.getByRole("link", { name: "Edit workspace" }).click();
    await page.getByLabel("Purpose").fill("Changed, with <b>no markup</b>.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("#purpose").getByText("Changed, with <b>no markup</b>.").waitFor();

    await page.getByRole("button", { name: "Disable notifications" }).click();
    await page.getByRole("button", { name: "Enable notifications" }).waitFor();
    await page.goto("/opioid-trends/opioid-trends-2026/run-jobs/");
    assert.ok(!(await page.getByRole("checkbox", { name: "E-mail me as each action finishes" }).isChecked()));
    await page.goto("/opioid-trends/opioid-trends-2026/");
    await page.getByRole("button", { name: "Enable notifications" }).click();
    await page.getByRole("button", { name: "Disable notifications" }).waitFor();
  });

  test("a workspace is archived after asking once, and taken back", async (t) => {
    const page = await browser.visitor(t, { as: "ada-researcher" });
    await page.goto("/opioid-trends/opioid-lost-branch/");
    await page.getByRole("button", { name: "Archive" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: "Archive opioid-lost-branch?" }).waitFor();
    await dialog.getByRole("button", { name: "Archive" }).click();
    await page.waitForURL("/opioid-trends/");
    const row = page.locator("#workspace-rows tr").filter({ hasText: "opioid-lost-branch" });
    await row.getByText("Archived").waitFor();
    await row.getByRole("link", { name: "opioid-lost-branch" }).click();
    await page.getByText("This workspace is archived").first().waitFor();
    await page.getByRole("button", { name: "Unarchive" }).click();
    await page.waitForURL("/opioid-trends/");
    await row.waitFor();
    assert.equal(await row.getByText("Archived").count(), 0);
  });

  test("an archived workspace refuses to run jobs and says why", async (t) => {
    const page = await browser.visitor(t, { as: "bela-researcher" });
    await page.goto(ARCHIVED);
    await page.getByText("This workspace is archived", { exact: true }).first().waitFor();
    const run = page.getByText("Run jobs", { exact: false }).and(page.locator("[aria-disabled]"));
    await run.waitFor();
    await page.goto(`${ARCHIVED}run-jobs/`);
    await page.waitForURL(ARCHIVED);
    await page.getByRole("alert").filter({ hasText: "No jobs can be requested in this workspace" }).first().waitFor();
  });
}

/** Without the first, empty one. */
async function optionsOf(select) {
  const texts = await select.locator("option").allTextContents();
  return texts.slice(1);
}
