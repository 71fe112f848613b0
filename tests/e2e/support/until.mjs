// Waiting for conditions: asks again and again until the answer is yes or the deadline has passed. Nothing here waits
// for a fixed time.

import { setTimeout as pause } from "node:timers/promises";

const ASK_AGAIN_AFTER_MS = 50;
export const PATIENCE_MS = 30_000;

/**
 * @template T
 * @param {string} what  what is waited for, for the message when it does not come
 * @param {() => T | Promise<T>} condition  asked until its answer is truthy; what it throws counts as no
 * @param {number} [patience]  milliseconds
 * @returns {Promise<T>} that answer
 */
export async function until(what, condition, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  let refusal = "";
  while (Date.now() < deadline) {
    try {
      const answer = await condition();
      if (answer) return answer;
      refusal = "";
    } catch (error) {
      refusal = ` (${error.message})`;
    }
    await pause(ASK_AGAIN_AFTER_MS);
  }
  throw new Error(`not within ${patience / 1000} seconds: ${what}${refusal}`);
}
