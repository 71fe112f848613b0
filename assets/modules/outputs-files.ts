// What the viewer of outputs knows of a file, read once from the list that the server has written, and how sizes and
// moments are said.
import { all } from "./dom";

const KINDS = ["csv", "text", "json", "image", "html", "pdf", "other"] as const;
export type Kind = (typeof KINDS)[number];

export interface OutputFile {
  /** As released, with directories. */
  readonly name: string;
  /** Without the directories that all files of the list share. */
  readonly shortName: string;
  /** Where its content is. */
  readonly url: string;
  /** Where the page is that shows it. */
  readonly pageUrl: string;
  /** In bytes, as declared when it was released; 0 when unknown. */
  readonly size: number;
  /** ISO 8601, and the same in milliseconds since 1970. */
  readonly date: string;
  readonly moment: number;
  readonly kind: Kind;
  readonly isDeleted: boolean;
  /** Why there is no content: who deleted it and when, or that it has not arrived. Empty if there is content. */
  readonly note: string;
}

/** The files of a list of `<li data-name data-url data-size data-date data-kind>`, in its order. */
export function filesIn(list: HTMLElement): OutputFile[] {
  const items = all<HTMLLIElement>(":scope > li", list);
  const shared = sharedDirectories(items.map((item) => item.dataset["name"] ?? ""));
  return items.map((item) => {
    const { name = "", url = "", size, date = "", kind, note = "" } = item.dataset;
    return {
      name,
      shortName: name.slice(shared.length),
      url,
      pageUrl: item.querySelector("a")?.getAttribute("href") ?? "",
      size: Number(size) || 0,
      date,
      moment: Date.parse(date),
      kind: KINDS.find((known) => known === kind) ?? "other",
      isDeleted: "deleted" in item.dataset,
      note,
    };
  });
}

/** "output/tables/" for names that all begin so; empty for one name alone. */
function sharedDirectories(names: readonly string[]): string {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return "";
  let shared = first.slice(0, first.lastIndexOf("/") + 1);
  while (shared !== "" && !others.every((name) => name.startsWith(shared))) {
    shared = shared.slice(0, shared.lastIndexOf("/", shared.length - 2) + 1);
  }
  return shared;
}

export const baseName = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** "2.1 kB": decimal units, two digits that matter; "unknown" for 0. */
export function sizeText(bytes: number): string {
  if (bytes === 0) return "unknown size";
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

const MOMENT = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "short",
  timeStyle: "short",
  timeZone: "UTC",
});

/** "04/03/2026, 10:00" in UTC; undefined for what is no date. */
export function momentText(moment: number): string | undefined {
  return Number.isNaN(moment) ? undefined : MOMENT.format(moment);
}

const COUNT = new Intl.NumberFormat("en-GB");

/** "100,000 rows", "1 row". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${COUNT.format(count)} ${count === 1 ? one : many}`;
}

/** "row 1,204". */
export const numbered = (what: string, number: number): string => `${what} ${COUNT.format(number)}`;

/** "3 of 1,204". */
export const placeText = (place: number, count: number): string =>
  `${COUNT.format(place)} of ${COUNT.format(count)}`;
