// Text as its kind wants to be seen: tables, lines, trees. What does not keep the rule of its kind is shown as plain text.
import { button, make } from "./elements";
import { columnsOf } from "./outputs-columns";
import { Csv } from "./outputs-csv";
import { counted, numbered } from "./outputs-files";
import { finder } from "./outputs-find";
import { jsonTree, parseJson } from "./outputs-json";
import { Lines } from "./outputs-lines";
import { Sheet } from "./outputs-sheet";

/** Awaited in the midst of long work; throws when the work is not wanted any more. */
type Pause = () => Promise<void>;

/** Up to so many characters, text is wrapped and all of it is in the page. */
const WRAPPED_UP_TO = 200_000;
/** Characters of JSON that are made a tree of. */
const TREE_UP_TO = 20_000_000;
/** As .sheet-table and .sheet-table.is-text in sheet.css have it. */
const CELL_SIZE = "13px";
const CHARACTER_WIDTH = 7.9;

export async function tableView(text: string, name: string, pause: Pause): Promise<HTMLElement> {
  const csv = await Csv.read(text, pause);
  const rowCount = csv.rowCount - 1;
  const header = csv.row(0);
  const row = (index: number) => csv.row(index + 1);
  const font = `${CELL_SIZE} ${getComputedStyle(document.body).fontFamily}`;
  const columns = columnsOf(header, csv.columnCount, rowCount, row, font);
  const sheet = new Sheet({ header, rowCount, columns, row, label: `Table ${name}` });
  const size = make("p", "", make("b", "", counted(rowCount, "row")), `, ${counted(csv.columnCount, "column")}`);
  const bar = make("div", "outputs-bar", size);
  const goTo = (line: number) => {
    sheet.goTo(Math.max(0, line - 1));
    return line === 0 ? "in the header" : numbered("row", line);
  };
  if (rowCount > 0) bar.append(finder(text, csv.starts, goTo));
  return make("div", "", bar, ...warnings(csv), sheet.element);
}

function warnings(csv: Csv): HTMLElement[] {
  const texts: string[] = [];
  if (csv.unevenCount > 0) {
    const rows = counted(csv.unevenCount, "row has", "rows have");
    texts.push(`${rows} more or fewer cells than the first row.`);
  }
  if (csv.isUnclosed) texts.push("A quotation mark is never closed: the last row may hold more than one.");
  return texts.map((text) => make("p", "outputs-warning", text));
}

export async function textView(text: string, name: string, pause: Pause): Promise<HTMLElement> {
  if (text.length <= WRAPPED_UP_TO) {
    const block = make("pre", "code-block is-wrapped outputs-text", text);
    block.tabIndex = 0;
    return block;
  }
  const lines = await Lines.read(text, pause);
  const sheet = new Sheet({
    rowCount: lines.rowCount,
    columns: [{ left: 0, width: Math.ceil(lines.longest * CHARACTER_WIDTH) + 24, isNumeric: false }],
    row: (index) => [lines.row(index)],
    label: `Text ${name}`,
  });
  const bar = make("div", "outputs-bar", make("p", "", make("b", "", counted(lines.rowCount, "line"))));
  const goTo = (line: number) => {
    sheet.goTo(line);
    return numbered("line", line + 1);
  };
  bar.append(finder(text, lines.starts, goTo));
  return make("div", "", bar, sheet.element);
}

export async function jsonView(text: string, name: string, pause: Pause): Promise<HTMLElement> {
  if (text.length > TREE_UP_TO) return textView(text, name, pause);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    const plain = await textView(text, name, pause);
    return make("div", "", make("p", "outputs-warning", "This is not valid JSON."), plain);
  }
  const view = jsonTree(value);
  const plain = button("As text", () => {
    void textView(text, name, pause).then((lines) => view.replaceChildren(lines));
  });
  view.querySelector(".outputs-bar")?.append(plain);
  return view;
}
