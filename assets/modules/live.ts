// Says whether the page follows what happens: live, and when it last changed; or that
// it has lost the connection. It watches one element:
//   <div data-live hx-ext="sse" sse-connect="/events/…">
//     … components/live …  <div hx-get="/fragment" hx-trigger="sse:changed">…</div>
//   </div>
// A `beat` event from the server, every so often, proves that the connection is alive;
// once there has been one, silence for BEAT_LIMIT_MS counts as lost.
// Without sse-connect, parts inside that are fetched again and again
// (hx-trigger="every 3s") tell the same by whether they are answered.
// An element with data-announce inside says its text to screen readers when that changes.
import htmx from "htmx.org";

import { all, announce } from "./dom";
import { ago } from "./times";

const TICK_MS = 1000;
const BEAT_LIMIT_MS = 45_000;

type State = "connecting" | "connected" | "lost" | "over";

class LivePart {
  private state: State = "connecting";
  private wasLost = false;
  private updatedAt = Date.now();
  private lastBeat: number | undefined;
  private announced: string;
  /** How far a wide graph was scrolled before it was drawn anew. */
  private scrolled = 0;

  constructor(private readonly element: HTMLElement) {
    this.announced = this.announcement();
    element.addEventListener("htmx:sseOpen", (event) => this.opened(event as CustomEvent));
    element.addEventListener("htmx:sseError", () => this.lost());
    element.addEventListener("htmx:sseClose", () => this.over());
    element.addEventListener("htmx:afterRequest", (event) => this.answered(event as CustomEvent));
    element.addEventListener("htmx:beforeSwap", (event) => this.beforeSwap(event as CustomEvent));
    element.addEventListener("htmx:sseBeforeMessage", () => this.rememberScroll());
    element.addEventListener("htmx:afterSwap", () => this.changed());
  }

  private opened(event: CustomEvent<{ source?: EventSource }>): void {
    this.lastBeat = undefined;
    event.detail.source?.addEventListener("beat", () => this.beat());
    this.state = "connected";
    if (this.wasLost) {
      this.wasLost = false;
      announce("The connection is back");
      this.catchUp();
    }
    this.show();
  }

  private beat(): void {
    this.lastBeat = Date.now();
    if (this.state === "lost") {
      this.state = "connected";
      this.wasLost = false;
      this.catchUp();
    }
  }

  private answered(event: CustomEvent<{ elt: Element; successful?: boolean }>): void {
    const { elt, successful } = event.detail;
    if (!elt.matches('[hx-trigger^="every"]')) return;
    if (!successful) return this.lost();
    if (this.wasLost) announce("The connection is back");
    this.wasLost = false;
    this.state = "connected";
    this.show();
  }

  /** The server has said its last word: nothing will change any more. */
  private over(): void {
    this.state = "over";
    this.lastBeat = undefined;
    this.show();
  }

  /** What a dialog asks about must still be there when it is answered. */
  private beforeSwap(event: CustomEvent<{ shouldSwap: boolean }>): void {
    if (document.querySelector("dialog[open]")) event.detail.shouldSwap = false;
    this.rememberScroll();
  }

  private rememberScroll(): void {
    this.scrolled = this.element.querySelector(".graph")?.scrollLeft ?? 0;
  }

  private lost(): void {
    if (this.state === "lost" || this.state === "over") return;
    this.state = "lost";
    this.wasLost = true;
    announce("The connection to the server is lost; trying again");
    this.show();
  }

  /** What happened while the connection was lost is fetched as if the server had just rung. */
  private catchUp(): void {
    for (const part of all('[hx-trigger*="sse:"]', this.element)) {
      const names = part.getAttribute("hx-trigger")?.match(/sse:[\w-]+/g) ?? [];
      for (const name of names) htmx.trigger(part, name, {});
    }
  }

  private changed(): void {
    this.updatedAt = Date.now();
    const graph = this.element.querySelector(".graph");
    if (graph) graph.scrollLeft = this.scrolled;
    const text = this.announcement();
    if (text && text !== this.announced) announce(text);
    this.announced = text;
    this.show();
  }

  private announcement(): string {
    return this.element.querySelector("[data-announce]")?.textContent?.trim() ?? "";
  }

  private text(): string {
    const age = ago(Math.max(0, Math.floor((Date.now() - this.updatedAt) / 1000)));
    const updated = age === undefined ? "" : `, updated ${age}`;
    if (this.state === "lost") return `Connection lost, trying again${updated}`;
    if (this.state === "over") return `Finished${updated}`;
    return this.state === "connected" ? `Live${updated}` : "Connecting";
  }

  /** Writes the state into the indicator, which may have been swapped since. */
  show(): void {
    for (const indicator of all("[data-live-status]", this.element)) {
      indicator.dataset["liveState"] = this.state;
      const text = this.text();
      if (indicator.textContent !== text) indicator.textContent = text;
    }
  }

  tick(): void {
    if (this.lastBeat !== undefined && Date.now() - this.lastBeat > BEAT_LIMIT_MS) this.lost();
    this.show();
  }
}

export function startLive(): void {
  const parts = all("[data-live]").map((element) => new LivePart(element));
  if (parts.length === 0) return;
  setInterval(() => parts.forEach((part) => part.tick()), TICK_MS);
  // The browser's memory keeps a page without its connection: start afresh.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
