// The one site and the one browser of a run; the last thing is to stop both, and to keep what the server wrote if
// something failed.

import { after } from "node:test";

import { Browser } from "./browser.mjs";
import { Site } from "./site.mjs";

/** Milliseconds between two steps of the RAP controller: a job then takes about two seconds. */
const PACE = 100;

export const site = await Site.start(PACE);
export const browser = await Browser.launch(site);

after(async () => {
  if (browser.hasFailed) console.error(`\nWhat the server wrote: ${await site.keepLog()}\n`);
  await browser.close();
  await site.stop();
});
