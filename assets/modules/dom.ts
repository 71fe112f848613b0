// Small helpers for listening and finding; nothing here knows a page.

/** Calls `handler` for events of `type` on elements that match `selector`, now and in parts added later. */
export function on<K extends keyof DocumentEventMap>(
  type: K,
  selector: string,
  handler: (element: HTMLElement, event: DocumentEventMap[K]) => void,
): void {
  document.addEventListener(type, (event) => {
    if (!(event.target instanceof Element)) return;
    const element = event.target.closest<HTMLElement>(selector);
    if (element) handler(element, event);
  });
}

export function all<T extends HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

/** Says something to screen readers, through the live region of the layout. */
export function announce(text: string): void {
  const region = document.getElementById("announcements");
  if (region && region.textContent !== text) region.textContent = text;
}

/** Reads JSON out of a data attribute; `fallback` when it is missing or damaged. */
export function jsonFrom<T>(text: string | undefined, fallback: T): T {
  if (!text) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

export const prefersStillness = (): boolean =>
  matchMedia("(prefers-reduced-motion: reduce)").matches;
