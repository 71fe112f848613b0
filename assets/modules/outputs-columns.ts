// How wide the columns of a table are, and which of them are numbers: judged from some of its rows, not from all.

export interface Column {
  /** In pixels, from the left edge of the first column. */
  left: number;
  width: number;
  isNumeric: boolean;
}

const [NARROWEST, WIDEST] = [64, 420];
const PADDING = 26;
/** Rows looked at, spread over the whole table. */
const SAMPLE = 200;
const NUMBER = /^[-+]?[\d,]*\.?\d+(e[-+]?\d+)?%?$/i;
/** What stands for a number that there is none of. */
const NO_NUMBER = /^(|na|n\/a|nan|null|-|\[redacted\]|redacted)$/i;

/**
 * @param header  names of the columns; columns beyond it have none
 * @param row     cells of the row of that index, from 0 to `rowCount`
 * @param font    as in CSS, of the cells
 */
export function columnsOf(
  header: readonly string[],
  columnCount: number,
  rowCount: number,
  row: (index: number) => readonly string[],
  font: string,
): Column[] {
  const pen = document.createElement("canvas").getContext("2d");
  const measured = (text: string) => pen?.measureText(text.slice(0, 80)).width ?? text.length * 8;
  if (pen) pen.font = `bold ${font}`;
  const widths = Array.from({ length: columnCount }, (_, index) => measured(header[index] ?? ""));
  if (pen) pen.font = font;
  const numbers = new Array<number>(columnCount).fill(0);
  const others = new Array<number>(columnCount).fill(0);
  const step = Math.max(1, Math.floor(rowCount / SAMPLE));
  for (let index = 0; index < rowCount; index += step) {
    row(index).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, measured(cell));
      if (NUMBER.test(cell)) numbers[column] = (numbers[column] ?? 0) + 1;
      else if (!NO_NUMBER.test(cell)) others[column] = (others[column] ?? 0) + 1;
    });
  }
  let left = 0;
  return widths.map((wanted, index) => {
    const width = Math.ceil(Math.min(WIDEST, Math.max(NARROWEST, wanted + PADDING)));
    const column = { left, width, isNumeric: (numbers[index] ?? 0) > 0 && others[index] === 0 };
    left += width;
    return column;
  });
}
