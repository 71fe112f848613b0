// A table that is whole in the page, shown 25 rows at a time, with a row of filters under
// its headings and headings that sort (components/data_table_tools). Column types are
// `data-type` of the heading: "date" with a `data-format` of DD, MMM, MM and YYYY, or
// "number"; a column of nothing but numbers is one by itself. Empty cells stay last.
import { all, announce } from "./dom";
import { button, make } from "./elements";

const ROWS_PER_PAGE = 25;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

type SortKey = number | string | undefined;
type Direction = "ascending" | "descending";

interface Row {
  element: HTMLTableRowElement;
  /** What each cell says, folded parts included, in lower case. */
  texts: string[];
}

const words = (element: Element): string =>
  (element.textContent ?? "").replace(/\s+/g, " ").trim().toLowerCase();

const isNumber = (text: string): boolean => /^-?[\d,]+(\.\d+)?%?$/.test(text);

const numberOf = (text: string): SortKey => {
  const value = Number.parseFloat(text.replaceAll(",", ""));
  return Number.isNaN(value) ? undefined : value;
};

/** The moment that `text` names in `format`, such as "DD MMM YYYY". */
function dateOf(text: string, format: string): SortKey {
  const given = text.split(/[^\p{L}\d]+/u);
  const part = (name: string) => given[format.split(/[^A-Z]+/).indexOf(name)] ?? "";
  const month = part("MMM") ? MONTHS.indexOf(part("MMM").slice(0, 3)) : Number(part("MM")) - 1;
  const moment = Date.UTC(Number(part("YYYY")), month, Number(part("DD")));
  return text === "" || month < 0 || Number.isNaN(moment) ? undefined : moment;
}

const byText = new Intl.Collator(undefined, { numeric: true }).compare;

function compare(one: SortKey, other: SortKey, direction: Direction): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? 1 : -1;
  }
  const order =
    typeof one === "number" && typeof other === "number"
      ? one - other
      : byText(String(one), String(other));
  return direction === "ascending" ? order : -order;
}

class DataTable {
  private readonly rows: Row[];
  private readonly body: HTMLTableSectionElement;
  private readonly headings: HTMLTableCellElement[];
  private readonly filters: string[] = [];
  private shown: Row[];
  private page = 1;

  constructor(
    table: HTMLTableElement,
    head: HTMLTableSectionElement,
    private readonly tools: HTMLElement,
  ) {
    this.body = table.tBodies[0] ?? table.createTBody();
    this.headings = all<HTMLTableCellElement>("th", head);
    this.rows = [...this.body.rows].map((element) => ({
      element,
      texts: [...element.cells].map(words),
    }));
    this.shown = this.rows;
    const filters = make("tr", "table-filters");
    this.headings.forEach((heading, column) => {
      const name = (heading.textContent ?? "").trim();
      filters.append(make("td", "", this.filterBox(name, column)));
      this.makeSortable(heading, name, column);
    });
    head.append(filters);
    table.classList.add("is-paged");
    this.listen();
    tools.hidden = false;
    this.show();
  }

  private filterBox(name: string, column: number): HTMLInputElement {
    const box = make("input", "input");
    box.type = "search";
    box.placeholder = name;
    box.setAttribute("aria-label", `Filter by ${name}`);
    box.autocomplete = "off";
    box.addEventListener("input", () => {
      this.filters[column] = box.value.trim().toLowerCase();
      this.apply();
    });
    return box;
  }

  private makeSortable(heading: HTMLTableCellElement, name: string, column: number): void {
    const press = button(name, () => this.sort(heading, column));
    press.className = "table-sort";
    heading.replaceChildren(press);
  }

  private sort(heading: HTMLTableCellElement, column: number): void {
    const direction: Direction =
      heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    for (const other of this.headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", direction);
    const keyOf = this.keysOf(heading, column);
    const keys = new Map(this.rows.map((row) => [row, keyOf(row.texts[column] ?? "")]));
    this.rows.sort((one, other) => compare(keys.get(one), keys.get(other), direction));
    this.body.append(...this.rows.map((row) => row.element));
    this.apply();
  }

  private keysOf(heading: HTMLTableCellElement, column: number): (text: string) => SortKey {
    const { type, format } = heading.dataset;
    if (type === "date") return (text) => dateOf(text, format ?? "DD MMM YYYY");
    const filled = this.rows.map((row) => row.texts[column] ?? "").filter((text) => text !== "");
    if (type === "number" || filled.every(isNumber)) return numberOf;
    return (text) => text || undefined;
  }

  private apply(): void {
    this.shown = this.rows.filter((row) =>
      this.filters.every((wanted, column) => !wanted || row.texts[column]?.includes(wanted)),
    );
    this.page = 1;
    this.show();
    announce(`${this.shown.length} of ${this.rows.length} rows`);
  }

  private listen(): void {
    const turn = (name: string, by: number) =>
      this.part(name)?.addEventListener("click", () => {
        const wanted = this.page + by;
        if (wanted < 1 || wanted > this.pages()) return;
        this.page = wanted;
        this.show();
        announce(`Page ${this.page} of ${this.pages()}`);
      });
    turn("previous-page", -1);
    turn("next-page", 1);
  }

  private part(name: string): HTMLElement | null {
    return this.tools.querySelector(`[data-table-pagination="${name}"]`);
  }

  private pages(): number {
    return Math.max(1, Math.ceil(this.shown.length / ROWS_PER_PAGE));
  }

  private show(): void {
    const first = (this.page - 1) * ROWS_PER_PAGE;
    const visible = new Set(this.shown.slice(first, first + ROWS_PER_PAGE));
    for (const row of this.rows) row.element.hidden = !visible.has(row);
    const write = (element: Element | null, text: string) => {
      if (element) element.textContent = text;
    };
    write(this.part("page-number"), String(this.page));
    write(this.part("total-pages"), String(this.pages()));
    const all = this.rows.length;
    const some = this.shown.length;
    write(
      this.tools.querySelector("[data-table-count]"),
      `${some === all ? "" : `${some} of `}${all} ${all === 1 ? "row" : "rows"}. `,
    );
    // Not `disabled`, which would take the focus away from whoever pressed it.
    this.part("previous-page")?.setAttribute("aria-disabled", String(this.page === 1));
    this.part("next-page")?.setAttribute("aria-disabled", String(this.page === this.pages()));
  }
}

export function startDataTables(): void {
  for (const tools of all("[data-table-tools]")) {
    const table = document.getElementById(tools.dataset["tableTools"] ?? "");
    if (table instanceof HTMLTableElement && table.tHead) new DataTable(table, table.tHead, tools);
  }
}
