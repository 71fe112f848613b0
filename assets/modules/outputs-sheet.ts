// A table of any length: only the rows and columns in view are in the page, between spacers that stand for the others.
// What the rows say comes from outside; here is only scrolling.
import { make } from "./elements";
import type { Column } from "./outputs-columns";

interface SheetContent {
  /** Names of the columns; none for lines of text. */
  header?: readonly string[] | undefined;
  rowCount: number;
  columns: readonly Column[];
  /** Cells of the row of that index. */
  row: (index: number) => readonly string[];
  /** Read out as the name of the region. */
  label: string;
}

/** Pixels of a row of a table, of a line of text, of the header. */
const [ROW, LINE, HEADER] = [28, 21, 32];
/** Rows beyond the edges of the view that are there already. */
const MORE_ROWS = 12;
const MORE_PIXELS = 400;
/** Browsers draw nothing taller than some millions of pixels: a longer table is scrolled in larger steps. */
const TALLEST = 8_000_000;
/** Up to so many columns all are in the page. */
const ALL_COLUMNS = 40;

interface Range {
  from: number;
  to: number;
}

export class Sheet {
  readonly element: HTMLElement;
  private readonly body: HTMLTableSectionElement;
  private readonly above = spacerRow();
  private readonly below = spacerRow();
  private readonly rows = new Map<number, HTMLTableRowElement>();
  private readonly numberWidth: number;
  private readonly rowHeight: number;
  private columns: Range = { from: 0, to: 0 };
  private found: number | undefined;

  constructor(private readonly content: SheetContent) {
    const { rowCount, header, label } = content;
    this.rowHeight = header ? ROW : LINE;
    this.numberWidth = 22 + 9 * String(rowCount).length;
    this.body = make("tbody", "", this.above, this.below);
    const table = make("table", header ? "sheet-table" : "sheet-table is-text", this.body);
    table.setAttribute("aria-rowcount", String(rowCount + (header ? 1 : 0)));
    table.setAttribute("aria-colcount", String(content.columns.length + 1));
    table.setAttribute("aria-label", label);
    this.element = make("div", "sheet", table);
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", label);
    this.element.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** Brings a row into the middle of the view and marks it. */
  goTo(index: number): void {
    if (this.found !== undefined) this.rows.get(this.found)?.removeAttribute("data-found");
    this.found = index;
    const middle = (this.element.clientHeight - this.headerHeight) / 2;
    this.element.scrollTop = this.topOf(index) - middle + this.rowHeight / 2;
    this.draw();
    this.rows.get(index)?.setAttribute("data-found", "");
  }

  private get headerHeight(): number {
    return this.content.header ? HEADER : 0;
  }

  /** Height of all rows together in the page, and how many pixels of table one of those stands for. */
  private get height(): { shown: number; scale: number } {
    const full = this.content.rowCount * this.rowHeight;
    const shown = Math.min(full, TALLEST);
    const room = Math.max(1, this.element.clientHeight - this.headerHeight);
    return { shown, scale: full > shown ? (full - room) / (shown - room) : 1 };
  }

  private topOf(index: number): number {
    return (index * this.rowHeight) / this.height.scale;
  }

  draw(): void {
    const { shown, scale } = this.height;
    const top = Math.max(0, this.element.scrollTop);
    const first = (top * scale) / this.rowHeight;
    const inView = Math.ceil(this.element.clientHeight / this.rowHeight);
    const from = Math.max(0, Math.floor(first) - MORE_ROWS);
    const to = Math.min(this.content.rowCount, Math.ceil(first) + inView + MORE_ROWS);
    this.drawColumns();
    this.drawRows({ from, to });
    // The rows above the view keep their place on the screen, whatever the scale.
    const before = Math.max(0, scale === 1 ? from * this.rowHeight : top - (first - from) * this.rowHeight);
    this.above.style.height = `${before}px`;
    this.below.style.height = `${Math.max(0, shown - before - (to - from) * this.rowHeight)}px`;
  }

  private drawRows(range: Range): void {
    for (const [index, row] of this.rows) {
      if (index >= range.from && index < range.to) continue;
      row.remove();
      this.rows.delete(index);
    }
    let next = this.below;
    for (let index = range.to - 1; index >= range.from; index -= 1) {
      let row = this.rows.get(index);
      if (!row) {
        row = this.makeRow(index);
        this.rows.set(index, row);
        next.before(row);
      }
      next = row;
    }
  }

  /** When other columns come into view, everything is made anew. */
  private drawColumns(): void {
    const range = this.columnsInView();
    const isSame = range.from === this.columns.from && range.to === this.columns.to;
    if (isSame && this.body.parentElement?.querySelector("colgroup")) return;
    this.columns = range;
    for (const row of this.rows.values()) row.remove();
    this.rows.clear();
    const table = this.body.parentElement;
    table?.querySelector("colgroup")?.remove();
    table?.querySelector("thead")?.remove();
    this.body.before(this.makeWidths());
    if (this.content.header) this.body.before(this.makeHeader(this.content.header));
  }

  private columnsInView(): Range {
    const { columns } = this.content;
    if (columns.length <= ALL_COLUMNS) return { from: 0, to: columns.length };
    const left = this.element.scrollLeft - MORE_PIXELS;
    const right = this.element.scrollLeft + this.element.clientWidth + MORE_PIXELS;
    const from = columns.findIndex((column) => column.left + column.width > left);
    const beyond = columns.findIndex((column) => column.left > right);
    // In steps of eight, so that not every movement draws the table anew.
    const start = Math.floor(Math.max(0, from) / 8) * 8;
    return { from: start, to: beyond < 0 ? columns.length : Math.min(columns.length, Math.ceil(beyond / 8) * 8) };
  }

  private seen(): readonly Column[] {
    return this.content.columns.slice(this.columns.from, this.columns.to);
  }

  /** Widths of the spaces that stand for the columns before and after those in the page. */
  private sides(): [number, number] {
    const { columns } = this.content;
    const last = columns.at(-1);
    const end = columns[this.columns.to - 1];
    const total = last ? last.left + last.width : 0;
    return [columns[this.columns.from]?.left ?? 0, end ? total - end.left - end.width : 0];
  }

  private makeWidths(): HTMLElement {
    const group = document.createElement("colgroup");
    const [before, after] = this.sides();
    const widths = [this.numberWidth, before, ...this.seen().map((column) => column.width)];
    for (const width of widths) {
      const column = document.createElement("col");
      column.style.width = `${width}px`;
      group.append(column);
    }
    // The space after them takes whatever is left over.
    group.append(document.createElement("col"));
    const table = this.body.parentElement;
    const total = widths.reduce((sum, width) => sum + width, after);
    if (table) table.style.width = `max(100%, ${total}px)`;
    return group;
  }

  private makeHeader(names: readonly string[]): HTMLElement {
    const corner = make("th", "sheet-number", make("span", "sr-only", "Row"));
    const cells = this.seen().map((column, offset) => {
      const index = this.columns.from + offset;
      const name = names[index] ?? "";
      const cell = make("th", column.isNumeric ? "is-number" : "", name || make("i", "", `column ${index + 1}`));
      cell.title = name;
      return placed(cell, index);
    });
    for (const cell of [corner, ...cells]) cell.scope = "col";
    const row = make("tr", "", placed(corner, -1), spacerCell(), ...cells, spacerCell());
    row.setAttribute("aria-rowindex", "1");
    return make("thead", "", row);
  }

  private makeRow(index: number): HTMLTableRowElement {
    const values = this.content.row(index);
    const number = make("th", "sheet-number", String(index + 1));
    number.scope = "row";
    const cells = this.seen().map((column, offset) => {
      const value = values[this.columns.from + offset] ?? "";
      const cell = make("td", column.isNumeric ? "is-number" : "", value.replace(/\r\n|\n|\r/g, " ⏎ "));
      if (value.length * 6 > column.width && this.content.header) cell.title = value.slice(0, 2_000);
      return placed(cell, this.columns.from + offset);
    });
    const row = make("tr", "", placed(number, -1), spacerCell(), ...cells, spacerCell());
    row.setAttribute("aria-rowindex", String(index + (this.content.header ? 2 : 1)));
    if (index === this.found) row.dataset["found"] = "";
    return row;
  }
}

function placed<T extends HTMLElement>(cell: T, column: number): T {
  cell.setAttribute("aria-colindex", String(column + 2));
  return cell;
}

function spacerCell(): HTMLTableCellElement {
  const cell = make("td", "sheet-space");
  cell.setAttribute("aria-hidden", "true");
  return cell;
}

function spacerRow(): HTMLTableRowElement {
  const row = make("tr", "sheet-space", make("td"));
  row.setAttribute("aria-hidden", "true");
  return row;
}
