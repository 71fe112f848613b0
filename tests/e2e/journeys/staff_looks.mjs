// What staff see only after they have done something, in every look: forms with mistakes, open questions, open filters,
// and parts that are fetched.

import { test } from "node:test";

import { assertInEveryLook } from "../support/checks.mjs";
import { browser } from "../support/world.mjs";

const KIM = "kim-everything";

export function staffLooks() {
  test("in every look: staff forms with mistakes", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    const forms = [
      ["/staff/orgs/add/", "Add org", () => page.getByLabel("Organisation name").fill("Harbour Analytics")],
      ["/staff/backends/add/", "Create backend", () => page.getByLabel("Slug").fill("not a slug")],
      ["/staff/projects/create/", "Save", () => page.getByLabel("Project title").fill("Vaccine coverage report")],
      ["/staff/projects/long-covid-and-work/edit/", "Save", () => page.getByLabel("URL slug").fill("asthma-reviews")],
      ["/staff/projects/long-covid-and-work/add-member/", "Add members", () => {}],
      ["/staff/site-alerts/add/", "Save", () => page.getByRole("textbox", { name: "Title" }).fill("Only a title")],
      ["/staff/applications/3dba/researchers/3/edit/", "Save", () => page.getByRole("textbox", { name: "Job title" }).fill("")],
      ["/staff/users/orla-reader/", "Save", () => page.getByLabel("Email").fill("ada-researcher@example.org")],
    ];
    for (const [address, button, mistake] of forms) {
      await page.goto(address);
      // The browser would refuse some of these before the server can.
      await page.evaluate(() => document.querySelectorAll("form").forEach((form) => (form.noValidate = true)));
      await mistake();
      await page.getByRole("main").getByRole("button", { name: button }).click();
      await page.locator("main .field-error").first().waitFor();
      await assertInEveryLook(page, `${address} with a mistake`);
    }
  });

  test("in every look: what staff are asked before they go ahead", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    const questions = [
      ["/staff/backends/2/", "Rotate token"],
      ["/staff/applications/d80b/", "Delete"],
      ["/staff/orgs/harbour/", "Remove Dev Raman"],
      ["/staff/projects/long-covid-and-work/", "Remove Bela Novak (bela-researcher)"],
      ["/staff/redirects/1/", "Delete"],
      ["/staff/users/finn-staff/roles/", "Clear all roles"],
    ];
    for (const [address, button] of questions) {
      await page.goto(address);
      await page.getByRole("button", { name: button, exact: true }).click();
      const question = page.getByRole("dialog");
      await question.getByRole("button", { name: "Go back" }).waitFor();
      await assertInEveryLook(page, `${address}, ${button}?`);
      await page.keyboard.press("Escape");
      await question.waitFor({ state: "hidden" });
    }
  });

  test("in every look: open filters, and a dialog with a form", async (t) => {
    const page = await browser.visitor(t, { as: KIM });
    await page.goto("/staff/users/?backend=1");
    await page.locator("summary").filter({ hasText: "Organisation" }).click();
    await page.getByLabel("Northford University").waitFor();
    await assertInEveryLook(page, "a filter of boxes");
    await page.goto("/staff/job-requests/");
    await page.locator("summary").filter({ hasText: "Created by" }).click();
    await page.getByRole("searchbox", { name: "Find: Created by" }).pressSequentially("ada");
    await page.getByLabel(/Ada Okafor/).check();
    await assertInEveryLook(page, "a filter that is looked up");
    await page.goto("/staff/applications/9a51/approve/");
    await page.getByRole("link", { name: "Add a new org" }).click();
    await page.getByRole("dialog").getByLabel("Organisation name").waitFor();
    await assertInEveryLook(page, "the dialog for a new organisation");
  });
}
