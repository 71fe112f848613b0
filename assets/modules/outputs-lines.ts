// The lines of a long text, found in one pass that pauses now and then.
import { Offsets } from "./outputs-offsets";

/** Line ends between two pauses. */
const SLICE = 100_000;
/** What is shown of one line. */
const LONGEST = 5_000;

export class Lines {
  readonly starts = new Offsets();
  /** Characters of the longest line, up to what is shown of one. */
  longest = 0;

  private constructor(readonly text: string) {}

  static async read(text: string, pause: () => Promise<void>): Promise<Lines> {
    const lines = new Lines(text);
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf("\n", start);
      const next = end < 0 ? text.length : end + 1;
      lines.starts.push(start);
      lines.longest = Math.min(LONGEST, Math.max(lines.longest, next - start));
      start = next;
      if (lines.starts.count % SLICE === 0) await pause();
    }
    return lines;
  }

  get rowCount(): number {
    return this.starts.count;
  }

  row(index: number): string {
    const start = this.starts.at(index);
    const end = index + 1 < this.rowCount ? this.starts.at(index + 1) : this.text.length;
    const line = this.text.slice(start, Math.min(end, start + LONGEST)).replace(/\r?\n$/, "");
    return end - start > LONGEST ? `${line}…` : line;
  }
}
