// Getting about without a mouse.

import assert from "node:assert/strict";

const FURTHEST = 80;

/** @param {import("playwright-core").Locator} element */
export const hasFocus = (element) => element.evaluate((it) => it === document.activeElement);

/** Presses Tab until the element, which may have to appear first, has the focus. */
export async function tabTo(page, target) {
  await target.waitFor();
  for (let stop = 0; stop < FURTHEST; stop += 1) {
    await page.keyboard.press("Tab");
    if (await hasFocus(target)) return;
  }
  assert.fail(`Tab does not get to ${target}`);
}
