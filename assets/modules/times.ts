// Keeps relative times and running durations current between two answers of the server.
// Only the last day: older texts ("1 day, 2 hours ago") change too slowly to matter.
import { all } from "./dom";

const TICK_MS = 1000;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const NBSP = "\u00a0";

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `${one}${NBSP}ago` : `${count}${NBSP}${many}${NBSP}ago`;
}

/** "12 minutes ago" for an age in whole seconds below one day; undefined for any other. */
export function ago(seconds: number): string | undefined {
  if (seconds < 0 || seconds >= DAY) return undefined;
  if (seconds === 0) return "now";
  if (seconds < MINUTE) return counted(seconds, `a${NBSP}second`, "seconds");
  if (seconds < HOUR) return counted(Math.floor(seconds / MINUTE), `a${NBSP}minute`, "minutes");
  return counted(Math.floor(seconds / HOUR), `an${NBSP}hour`, "hours");
}

/** "2h 05m", "29m 57s", "12s": the two largest units of a length in whole seconds. */
function duration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor((seconds % HOUR) / MINUTE)];
  if (hours > 0) return `${hours}h ${two(minutes)}m`;
  if (minutes > 0) return `${minutes}m ${two(seconds % MINUTE)}s`;
  return `${Math.max(0, seconds)}s`;
}

function secondsSince(iso: string | null | undefined): number | undefined {
  const moment = Date.parse(iso ?? "");
  return Number.isNaN(moment) ? undefined : Math.floor((Date.now() - moment) / 1000);
}

function write(element: Element, text: string | undefined): void {
  if (text !== undefined && element.textContent !== text) element.textContent = text;
}

function tick(): void {
  if (document.hidden) return;
  for (const time of all("time[data-relative]")) {
    const age = secondsSince(time.getAttribute("datetime"));
    if (age !== undefined) write(time, ago(age));
  }
  for (const element of all("[data-elapsed-since]")) {
    const length = secondsSince(element.dataset["elapsedSince"]);
    if (length !== undefined && length >= 0) write(element, duration(length));
  }
}

export function startTimes(): void {
  setInterval(tick, TICK_MS);
  document.addEventListener("visibilitychange", tick);
}
