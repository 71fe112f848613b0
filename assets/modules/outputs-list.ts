// The list of files at the left of the viewer: as a tree by name, or flat by date; narrowed by a filter. It tells the
// order in which files are seen and which link was pressed, and knows nothing of their content.
import { announce } from "./dom";
import { breakable, icon, make } from "./elements";
import type { Kind, OutputFile } from "./outputs-files";
import { baseName, counted, filesIn, momentText, sizeText } from "./outputs-files";
import type { Folder } from "./outputs-tree";
import { byDate, filesInOrder, treeOf } from "./outputs-tree";

/** With more files than this, folders are folded at first. */
const UNFOLDED_UP_TO = 60;

const PICTURES: Record<Kind, string> = {
  csv: "table",
  text: "file",
  json: "braces",
  image: "picture",
  html: "globe",
  pdf: "file",
  other: "file",
};

interface Item {
  file: OutputFile;
  row: HTMLLIElement;
  link: HTMLAnchorElement;
}

export class OutputsList {
  readonly files: readonly OutputFile[];
  private readonly place: HTMLElement;
  private readonly items = new Map<OutputFile, Item>();
  private readonly filter: HTMLInputElement | null;
  private readonly sort: HTMLSelectElement | null;
  /** All files, as an unfolded list shows them. */
  private order: readonly OutputFile[] = [];
  private selected: OutputFile | undefined;

  constructor(
    private readonly viewer: HTMLElement,
    private readonly onChoose: (file: OutputFile) => void,
    private readonly onOrder: () => void,
  ) {
    this.place = viewer.querySelector<HTMLElement>("[data-outputs-files]") ?? make("ul");
    this.files = filesIn(this.place);
    this.filter = viewer.querySelector<HTMLInputElement>("[data-outputs-filter]");
    this.sort = viewer.querySelector<HTMLSelectElement>("[data-outputs-sort]");
    for (const file of this.files) this.items.set(file, this.itemOf(file));
    this.filter?.addEventListener("input", () => this.narrow());
    this.sort?.addEventListener("change", () => this.draw());
    this.place.addEventListener("click", (event) => this.onClick(event));
    this.place.addEventListener("keydown", (event) => this.onKey(event));
    this.draw();
  }

  /** The files that the filter lets through, in the order in which an unfolded list shows them. */
  inView(): OutputFile[] {
    return this.order.filter((file) => this.fits(file));
  }

  /** Marks a file as the chosen one and brings its row into view. */
  show(file: OutputFile | undefined): void {
    const hadFocus = this.place.contains(document.activeElement);
    const before = this.selected && this.items.get(this.selected);
    before?.link.removeAttribute("aria-current");
    this.selected = file;
    const item = file && this.items.get(file);
    if (!item) return;
    item.link.setAttribute("aria-current", "page");
    this.unfoldTo(item.row);
    if (hadFocus) item.link.focus({ preventScroll: true });
    this.scrollTo(item.row);
  }

  private draw(): void {
    if (this.sort?.value === "date") {
      this.order = [...this.files].sort(byDate);
      this.place.replaceChildren(...this.order.map((file) => this.rowOf(file, file.shortName)));
    } else {
      const tree = treeOf(this.files);
      this.order = filesInOrder(tree);
      this.place.replaceChildren(...this.rowsIn(tree));
    }
    this.narrow();
    if (this.selected) this.show(this.selected);
  }

  private rowsIn(folder: Folder): HTMLLIElement[] {
    const folders = folder.folders.map((inner) => {
      const fold = make("details", "outputs-folder", make("summary", "", icon("folder"), make("span", "", breakable(inner.name))));
      fold.append(make("ul", "", ...this.rowsIn(inner)));
      fold.open = this.files.length <= UNFOLDED_UP_TO;
      return make("li", "", fold);
    });
    return [...folders, ...folder.files.map((file) => this.rowOf(file, baseName(file.name)))];
  }

  private rowOf(file: OutputFile, name: string): HTMLLIElement {
    const item = this.items.get(file) ?? this.itemOf(file);
    const words = item.link.querySelector(".outputs-name");
    words?.replaceChildren(breakable(this.files.length === 1 ? file.name : name));
    return item.row;
  }

  private itemOf(file: OutputFile): Item {
    const link = make("a", "outputs-link", icon(PICTURES[file.kind]), make("span", "outputs-name"));
    link.href = file.pageUrl;
    link.title = [file.name, sizeText(file.size), momentText(file.moment)].filter(Boolean).join("\n");
    const row = make("li", "", link);
    if (file.note) {
      link.append(make("span", "outputs-mark", file.isDeleted ? "redacted" : "not uploaded"));
      link.title = `${file.name}\n${file.note}`;
    } else {
      link.append(make("span", "outputs-size", sizeText(file.size)));
    }
    return { file, row, link };
  }

  private fits(file: OutputFile): boolean {
    return file.shortName.toLowerCase().includes(this.filter?.value.trim().toLowerCase() ?? "");
  }

  private narrow(): void {
    let shown = 0;
    for (const { file, row } of this.items.values()) {
      row.hidden = !this.fits(file);
      if (!row.hidden) shown += 1;
    }
    const isNarrowed = this.filter?.value.trim() !== "";
    for (const fold of this.folds()) {
      const hasAny = fold.querySelector("li:not([hidden]) > a") !== null;
      if (fold.parentElement) fold.parentElement.hidden = !hasAny;
      if (isNarrowed && hasAny) fold.open = true;
    }
    this.say(shown, isNarrowed);
    this.onOrder();
  }

  private say(shown: number, isNarrowed: boolean): void {
    const all = counted(this.files.length, "file");
    const text = isNarrowed ? `${shown} of ${all}` : all;
    const count = this.viewer.querySelector("[data-outputs-count]");
    if (count) count.textContent = text;
    const none = this.viewer.querySelector<HTMLElement>("[data-outputs-no-match]");
    if (none) none.hidden = shown > 0;
    if (isNarrowed) announce(`${text} shown`);
  }

  private folds(): HTMLDetailsElement[] {
    return [...this.place.querySelectorAll("details")];
  }

  private onClick(event: MouseEvent): void {
    // With a key held, the reader wants a new tab or window.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const item = [...this.items.values()].find((candidate) => candidate.link === link);
    if (!item) return;
    event.preventDefault();
    this.onChoose(item.file);
  }

  /** Up and down go through what is seen, left folds or goes to the folder around, right unfolds. */
  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
    const seen = this.stops();
    const at = seen.indexOf(event.target);
    const fold = event.target.parentElement instanceof HTMLDetailsElement ? event.target.parentElement : undefined;
    if (event.key === "ArrowDown") seen[at + 1]?.focus();
    else if (event.key === "ArrowUp") seen[at - 1]?.focus();
    else if (event.key === "Home") seen[0]?.focus();
    else if (event.key === "End") seen[seen.length - 1]?.focus();
    else if (event.key === "ArrowRight" && fold) fold.open = true;
    else if (event.key === "ArrowLeft" && fold?.open) fold.open = false;
    else if (event.key === "ArrowLeft") folderAround(event.target)?.focus();
    else return;
    event.preventDefault();
  }

  /** Links and folders that are neither hidden nor in something folded. */
  private stops(): HTMLElement[] {
    return [...this.place.querySelectorAll<HTMLElement>("a, summary")].filter(
      (stop) => stop.checkVisibility(),
    );
  }

  private unfoldTo(row: HTMLElement): void {
    for (let fold = row.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) {
      fold.open = true;
    }
  }

  /** Moves the list alone: the page stays where the reader is. */
  private scrollTo(row: HTMLElement): void {
    const scroller = this.viewer.querySelector("[data-outputs-scroll]");
    if (!scroller) return;
    const [outer, inner] = [scroller.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.top < outer.top) scroller.scrollTop += inner.top - outer.top - 8;
    else if (inner.bottom > outer.bottom) scroller.scrollTop += inner.bottom - outer.bottom + 8;
  }
}

function folderAround(stop: HTMLElement): HTMLElement | null | undefined {
  const own = stop.closest("details");
  const around = stop.matches("summary") ? own?.parentElement?.closest("details") : own;
  return around?.querySelector("summary");
}
