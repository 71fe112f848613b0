// Comma-separated text, read without freezing the page: one pass finds where the rows begin (RFC 4180, forgiving what
// other programs write); the cells of a row are taken out when it is shown. A table of five million cells so costs its
// text and four bytes a row.
import { Offsets } from "./outputs-offsets";

const [QUOTE, LF, CR] = [0x22, 0x0a, 0x0d];
/** Characters between two pauses: a few milliseconds of work. */
const SLICE = 1 << 20;

export class Csv {
  readonly starts = new Offsets();
  /** Cells of the widest row. */
  columnCount = 0;
  /** Rows with more or fewer cells than the first; empty lines are not counted. */
  unevenCount = 0;
  /** A quotation mark was opened and never closed: the last row is not to be trusted. */
  isUnclosed = false;
  private firstCount = 0;

  private constructor(
    private readonly text: string,
    private readonly delimiter: string,
  ) {}

  /** Reads `text`; `pause` is awaited every now and then. */
  static async read(text: string, pause: () => Promise<void>): Promise<Csv> {
    const csv = new Csv(text, delimiterOf(text));
    const scanner = new Scanner(text, csv.delimiter, (start, end, cells) => csv.addRow(start, end, cells));
    for (let until = SLICE; scanner.position < text.length; until += SLICE) {
      scanner.advance(Math.min(until, text.length));
      if (scanner.position < text.length) await pause();
    }
    csv.isUnclosed = scanner.finish();
    return csv;
  }

  get rowCount(): number {
    return this.starts.count;
  }

  row(index: number): string[] {
    const start = this.starts.at(index);
    const end = index + 1 < this.rowCount ? this.starts.at(index + 1) : this.text.length;
    return cellsOf(this.text.slice(start, end).replace(/(\r\n|\n|\r)$/, ""), this.delimiter);
  }

  private addRow(start: number, end: number, cells: number): void {
    const isFirst = this.starts.count === 0;
    if (!isFirst && end > start && cells !== this.firstCount) this.unevenCount += 1;
    if (isFirst) this.firstCount = cells;
    this.columnCount = Math.max(this.columnCount, cells);
    this.starts.push(start);
  }
}

/** The comma, unless the first line has none and has tabs or semicolons. */
function delimiterOf(text: string): string {
  const first = text.slice(0, 10_000).split(/[\r\n]/, 1)[0] ?? "";
  return [",", "\t", ";"].find((mark) => first.includes(mark)) ?? ",";
}

/** Walks over the text and tells each row: where it begins, where it ends, how many cells it has. */
class Scanner {
  position = 0;
  private start = 0;
  private cells = 1;
  private isQuoted = false;
  private isAtCell = true;

  constructor(
    private readonly text: string,
    private readonly delimiter: string,
    private readonly onRow: (start: number, end: number, cells: number) => void,
  ) {}

  advance(limit: number): void {
    const text = this.text;
    const delimiter = this.delimiter.charCodeAt(0);
    while (this.position < limit) {
      if (this.isQuoted) {
        this.skipQuoted();
        continue;
      }
      const code = text.charCodeAt(this.position);
      if (code === delimiter) {
        this.cells += 1;
        this.isAtCell = true;
      } else if (code === LF || code === CR) {
        this.endRow(code);
        continue;
      } else {
        if (code === QUOTE && this.isAtCell) this.isQuoted = true;
        this.isAtCell = false;
      }
      this.position += 1;
    }
  }

  /** The last row may lack its line end. True if it ended within quotation marks. */
  finish(): boolean {
    if (this.start < this.text.length) this.onRow(this.start, this.text.length, this.cells);
    return this.isQuoted;
  }

  /** To behind the closing mark; two marks stand for one. */
  private skipQuoted(): void {
    const mark = this.text.indexOf('"', this.position);
    if (mark < 0) {
      this.position = this.text.length;
    } else if (this.text.charCodeAt(mark + 1) === QUOTE) {
      this.position = mark + 2;
    } else {
      this.position = mark + 1;
      this.isQuoted = false;
    }
  }

  private endRow(code: number): void {
    this.onRow(this.start, this.position, this.cells);
    const isPair = code === CR && this.text.charCodeAt(this.position + 1) === LF;
    this.position += isPair ? 2 : 1;
    this.start = this.position;
    this.cells = 1;
    this.isAtCell = true;
  }
}

/** The cells of one row, which has no line end. */
function cellsOf(row: string, delimiter: string): string[] {
  const cells: string[] = [];
  let position = 0;
  for (;;) {
    let cell = "";
    if (row[position] === '"') [cell, position] = quoted(row, position + 1);
    const next = row.indexOf(delimiter, position);
    cells.push(cell + row.slice(position, next < 0 ? row.length : next));
    if (next < 0) return cells;
    position = next + 1;
  }
}

/** What stands from `from` to the closing mark, and the position behind that. */
function quoted(row: string, from: number): [string, number] {
  let text = "";
  for (;;) {
    const mark = row.indexOf('"', from);
    if (mark < 0) return [text + row.slice(from), row.length];
    text += row.slice(from, mark);
    if (row[mark + 1] !== '"') return [text, mark + 1];
    text += '"';
    from = mark + 2;
  }
}
