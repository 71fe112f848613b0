// The browser, and the people in front of it. A visitor is a window of its own: person, size, colours, with or without
// scripts. Whatever the browser complains about fails the test that opened the window.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";

import { chromium } from "playwright-core";

import { KEPT } from "./site.mjs";
import { PATIENCE_MS } from "./until.mjs";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Heights are those of usual screens; only the width matters to the layout. */
export const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };

export class Browser {
  #browser;
  #site;
  #sessions = new Map();
  /** Whether any test with a window has failed. */
  hasFailed = false;

  constructor(browser, site) {
    this.#browser = browser;
    this.#site = site;
  }

  static async launch(site) {
    const program = process.env.CHROMIUM ?? found(PROGRAMS);
    // Drawing by way of a graphics card that has to be imitated costs more than the drawing.
    return new Browser(await chromium.launch({ executablePath: program, args: ["--disable-gpu"] }), site);
  }

  close() {
    return this.#browser.close();
  }

  /**
   * A window, closed and examined when the test ends.
   * @param {import("node:test").TestContext} t
   * @param {Wish & {expected?: RegExp[]}} wish  with what the browser may complain about
   */
  async visitor(t, { expected = [], ...wish } = {}) {
    const page = await this.open(wish);
    const complaints = watched(page.context(), expected);
    t.after(async () => {
      if (t.error) await this.#keepPicture(t, page);
      await page.context().close();
      this.hasFailed ||= Boolean(t.error) || complaints.length > 0;
      assert.deepEqual(complaints, [], "the browser complained");
    });
    return page;
  }

  /**
   * A window that the caller closes.
   * @typedef {object} Wish
   * @property {string} [as]  username of the sample person who is signed in
   * @property {"wide" | "narrow"} [size]
   * @property {"light" | "dark"} [colours]
   * @property {boolean} [scripts]
   * @param {Wish} wish
   */
  async open({ as, size = "wide", colours = "light", scripts = true } = {}) {
    const context = await this.#browser.newContext({
      baseURL: this.#site.url,
      viewport: SIZES[size],
      colorScheme: colours,
      javaScriptEnabled: scripts,
      reducedMotion: "reduce",
      storageState: as && (await this.#session(as)),
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return context.newPage();
  }

  /** Cookies of a signed-in person; signs in at the first call by the page for sample people. */
  #session(username) {
    if (!this.#sessions.has(username)) this.#sessions.set(username, this.#signIn(username));
    return this.#sessions.get(username);
  }

  async #signIn(username) {
    const context = await this.#browser.newContext({ baseURL: this.#site.url });
    const page = await context.newPage();
    await page.goto("/login/as/");
    await page.locator(`button[name="username"][value="${username}"]`).click();
    await page.waitForURL("/");
    const session = await context.storageState();
    await context.close();
    return session;
  }

  async #keepPicture(t, page) {
    mkdirSync(KEPT, { recursive: true });
    const name = t.name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
    await page.screenshot({ path: join(KEPT, `${name}.png`), fullPage: true });
  }
}

/** A lost event stream is told by the browser as an error of the console; the page says it to the reader itself. */
const LOST_STREAM = /\/api\/live\//;

function watched(context, expected) {
  const complaints = [];
  const add = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  context.on("console", (message) => {
    const where = message.location().url;
    if (message.type() === "error" && !LOST_STREAM.test(where)) add(`${message.text()} (${where})`);
  });
  context.on("weberror", (error) => add(`${error.error().stack}`));
  return complaints;
}

function found(names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const program = join(folder, name);
      if (existsSync(program)) return program;
    }
  }
  throw new Error(`none of these is on PATH: ${names.join(", ")}`);
}
