// JSON as a tree of folds. What is folded is made when it is opened, and long lists are cut into parts, so that a large
// document costs no more than what is seen of it.
import { button, make } from "./elements";
import { counted } from "./outputs-files";

/** Children shown at once; more are cut into folds of so many. */
const PART = 200;
/** Folds that "Unfold all" opens at most. */
const ALL_AT_MOST = 500;
/** Text shown of one string. */
const LONGEST = 2_000;

/** A number that JavaScript cannot hold exactly, as it is written. */
class Numeral {
  constructor(readonly text: string) {}
}

type Entry = [key: string, value: unknown];

/** The value that `text` says, with numbers kept as written; throws what JSON.parse throws. */
export function parseJson(text: string): unknown {
  const keep = (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && Number(source) === value && isRounded(source)
      ? new Numeral(source)
      : value;
  };
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

const isRounded = (source: string): boolean => source.replace(/[^\d]/g, "").length > 15;

export function jsonTree(value: unknown): HTMLElement {
  const tree = make("div", "json-tree", make("ul", "", ...childrenOf([["", value]])));
  const top = foldsIn(tree);
  top.forEach(open);
  const unfoldAll = button("Unfold all", () => {
    const waiting = foldsIn(tree);
    for (let opened = 0; opened < ALL_AT_MOST; opened += 1) {
      const fold = waiting.shift();
      if (!fold) break;
      open(fold);
      waiting.push(...foldsIn(fold));
    }
  });
  const foldAll = button("Fold all", () => {
    for (const fold of tree.querySelectorAll("details")) fold.open = top.includes(fold);
  });
  return make("div", "", make("div", "outputs-bar", unfoldAll, foldAll), tree);
}

/** The folds directly in an element, not those within them. */
function foldsIn(element: HTMLElement): HTMLDetailsElement[] {
  return [...element.querySelectorAll<HTMLDetailsElement>(":scope > ul > li > details")];
}

const contents = new WeakMap<HTMLDetailsElement, Entry[]>();

/** Opens a fold, and makes what is in it at the first time. */
function open(fold: HTMLDetailsElement): void {
  fill(fold);
  fold.open = true;
}

function fill(fold: HTMLDetailsElement): void {
  const entries = contents.get(fold);
  if (!entries) return;
  contents.delete(fold);
  fold.append(make("ul", "", ...childrenOf(entries)));
}

function childrenOf(entries: Entry[]): HTMLLIElement[] {
  if (entries.length <= PART) return entries.map((entry) => make("li", "", shown(entry)));
  const parts: HTMLLIElement[] = [];
  for (let from = 0; from < entries.length; from += PART) {
    const part = entries.slice(from, from + PART);
    parts.push(make("li", "", folded(make("span", "json-count", `${from + 1} to ${from + part.length}`), part)));
  }
  return parts;
}

function shown([key, value]: Entry): HTMLElement {
  const name = key === "" ? "" : make("span", "tok-key", key);
  const colon = key === "" ? "" : ": ";
  if (value !== null && typeof value === "object" && !(value instanceof Numeral)) {
    const isList = Array.isArray(value);
    const entries: Entry[] = isList
      ? value.map((item, index) => [String(index), item])
      : Object.entries(value);
    const size = isList ? counted(entries.length, "item") : counted(entries.length, "key");
    const brackets = isList ? "[ ]" : "{ }";
    const count = make("span", "json-count", `${brackets} ${size}`);
    if (entries.length === 0) return make("div", "", name, colon, make("span", "json-count", brackets));
    return folded(make("span", "", name, colon, count), entries);
  }
  return make("div", "", name, colon, literal(value));
}

function folded(summary: HTMLElement, entries: Entry[]): HTMLDetailsElement {
  const fold = make("details", "", make("summary", "", summary));
  contents.set(fold, entries);
  fold.addEventListener("toggle", () => {
    if (fold.open) fill(fold);
  });
  return fold;
}

function literal(value: unknown): HTMLElement {
  if (value instanceof Numeral) return make("span", "tok-literal", value.text);
  if (typeof value !== "string") return make("span", "tok-literal", String(value));
  const text = value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  return make("span", "tok-quoted", JSON.stringify(text));
}
