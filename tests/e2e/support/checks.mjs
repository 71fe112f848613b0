// What must hold on every page: nothing is wider than the window, and axe finds nothing.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

import { SIZES } from "./browser.mjs";

export async function assertFits(page, where) {
  const culprits = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element) =>
      element !== document.documentElement && /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const isInsideScroller = (element) => {
      for (let outer = element.parentElement; outer; outer = outer.parentElement) if (scrolls(outer)) return true;
      return false;
    };
    const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""}`;
    const tooWide = [...document.querySelectorAll("body *")].filter(
      (element) => element.getBoundingClientRect().right > width + 0.5 && !isInsideScroller(element),
    );
    return tooWide.length > 0 ? tooWide.map(name) : ["the document"];
  });
  assert.deepEqual(culprits, [], `wider than the window: ${where}`);
}

/** The rules whose outcome depends on the colours. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

export const assertAccessible = async (page, where) => assertAxeFindsNothing(await axeIn(page), where);

/** For a page that has passed `assertAccessible` in other colours. */
export const assertReadable = async (page, where) =>
  assertAxeFindsNothing((await axeIn(page)).withRules(OF_COLOURS), where);

/** Half a megabyte of script is put into a page once, not for every question. */
async function axeIn(page) {
  const isThere = await page.evaluate(() => "axe" in window);
  const axe = new AxeBuilder({ page, axeSource: isThere ? "/* there already */" : undefined });
  return axe.options({ resultTypes: ["violations"] });
}

async function assertAxeFindsNothing(axe, where) {
  const { violations } = await axe.setLegacyMode().analyze();
  const findings = violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
  assert.deepEqual(findings, [], `axe: ${where}`);
}

/** The same page in both sizes and both colours: what changes is the style alone. */
export async function assertInEveryLook(page, name) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme: "light" });
    await assertFits(page, `${name}, ${size}`);
    await assertAccessible(page, `${name}, ${size}, light`);
    await page.emulateMedia({ colorScheme: "dark" });
    await assertReadable(page, `${name}, ${size}, dark`);
  }
  await page.setViewportSize(SIZES.wide);
  await page.emulateMedia({ colorScheme: "light" });
}
