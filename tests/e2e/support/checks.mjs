// What must hold on every page: nothing is wider than the window, and axe finds nothing.

import assert from "node:assert/strict";

import { AxeBuilder } from "@axe-core/playwright";

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

export async function assertAccessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const findings = violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary}`),
  );
  assert.deepEqual(findings, [], `axe: ${where}`);
}
