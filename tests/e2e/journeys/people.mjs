// Coming in for the first time, being refused, and changing what is known about oneself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { hasFocus } from "../support/keyboard.mjs";
import { until } from "../support/until.mjs";
import { browser, site } from "../support/world.mjs";

export function people() {
  test("somebody new whose GitHub account has no name is asked for it and comes in", async (t) => {
    const page = await browser.visitor(t);
    await page.goto("/login/?next=/event-log/");
    await page.getByRole("button", { name: "Sign in with GitHub" }).click();
    await page.getByLabel("Login").fill("zoe-newcomer");
    await page.getByLabel("E-mail").fill("zoe@example.org");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Enter your name" }).waitFor();
    await page.getByLabel("Your name").fill("Zoë Newcomer");
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL("/event-log/");
    await page.getByText("Account:").and(page.locator("summary *")).waitFor();
    await page.goto("/");
    await page.getByRole("heading", { level: 1, name: "Zoë Newcomer" }).waitFor();
    await until("the team hears of it", async () => {
      const messages = await site.slackMessages();
      return messages.some((message) => JSON.stringify(message).includes("zoe-newcomer"));
    });

    await page.locator("summary").filter({ hasText: "Zoë Newcomer" }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("/");
    await page.getByRole("link", { name: "Log in" }).first().waitFor();
  });

  test("somebody who refuses at GitHub comes back with a notice", async (t) => {
    const page = await browser.visitor(t);
    await page.goto("/login/");
    await page.getByRole("button", { name: "Sign in with GitHub" }).click();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.waitForURL("/");
    await page.getByRole("alert").filter({ hasText: "Authentication process canceled" }).waitFor();
    await page.getByRole("link", { name: "Log in" }).first().waitFor();
  });

  test("settings with a mistake are shown again as typed, and nothing is saved", async (t) => {
    const page = await browser.visitor(t, { as: "cora-collaborator" });
    await page.goto("/settings/");
    const before = await page.getByLabel("E-mail address").inputValue();
    await page.getByLabel("Full name").fill("Cora L.");
    await page.getByLabel("E-mail address").fill("cora@nowhere");
    await page.getByRole("button", { name: "Save" }).click();
    const summary = page.getByRole("alert").filter({ hasText: "Please look at this again" });
    await summary.getByRole("link").click();
    assert.ok(await hasFocus(page.getByLabel("E-mail address")));
    assert.equal(await page.getByLabel("Full name").inputValue(), "Cora L.");
    assert.equal(await page.getByLabel("E-mail address").inputValue(), "cora@nowhere");

    await page.goto("/settings/");
    assert.equal(await page.getByLabel("Full name").inputValue(), "Cora Lindqvist");
    assert.equal(await page.getByLabel("E-mail address").inputValue(), before);
    await page.getByLabel("Full name").fill("Cora Lindqvist-Berg");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("alert").filter({ hasText: "Settings saved successfully" }).waitFor();
    assert.equal(await page.getByLabel("Full name").inputValue(), "Cora Lindqvist-Berg");
  });
}
