// The viewer of released files: which one is chosen, and that the address, the title and the browser's history say so.
// The list, the content and the buttons are modules of their own. Markup: components/outputs_viewer.
import { announce } from "./dom";
import { make } from "./elements";
import { OutputsContent } from "./outputs-content";
import type { OutputFile } from "./outputs-files";
import { placeText } from "./outputs-files";
import { headOf } from "./outputs-head";
import { OutputsList } from "./outputs-list";
import { listenForSending } from "./outputs-send";

/** As in outputs.css: below this width the list stands above the file, or is folded away. */
const NARROW = matchMedia("(max-width: 900px)");

class OutputsViewer {
  private readonly list: OutputsList;
  private readonly place: HTMLElement;
  private readonly head = make("div");
  private readonly body = make("div");
  private readonly content = new OutputsContent(this.body);
  private readonly title: string;
  private chosen: OutputFile | undefined;
  private isListShown = true;

  constructor(private readonly viewer: HTMLElement) {
    this.place = viewer.querySelector<HTMLElement>("[data-outputs-file]") ?? make("section");
    this.title = document.title;
    this.list = new OutputsList(viewer, (file) => this.choose(file), () => this.drawHead());
    const { filesUrl = "", prepareUrl, publishUrl } = viewer.dataset;
    listenForSending(viewer, { filesUrl, prepareUrl, publishUrl });
    window.addEventListener("popstate", () => this.follow());
    document.addEventListener("keydown", (event) => this.onKey(event));
    const first = viewer.dataset["selected"];
    if (first !== undefined) this.follow(first);
  }

  /** A press in the list: the file gets its address, unless it is there already. */
  private choose(file: OutputFile): void {
    if (file !== this.chosen) {
      history.pushState(null, "", file.pageUrl);
      this.show(file);
    }
    if (!NARROW.matches) return;
    this.showList(false);
    this.place.scrollIntoView();
    this.place.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** Shows what the address says; `name` is what the server made of it. */
  private follow(name?: string): void {
    const file = this.list.files.find((candidate) =>
      name === undefined ? pathOf(candidate.pageUrl) === pathOf(location.href) : candidate.name === name,
    );
    // A mere jump within the page, as by the skip link, also comes here.
    if (name === undefined && file === this.chosen) return;
    if (file) {
      if (NARROW.matches) this.showList(false);
      this.show(file);
    } else {
      this.showNothing(name);
    }
  }

  private show(file: OutputFile): void {
    this.chosen = file;
    this.place.replaceChildren(this.head, this.body);
    this.drawHead();
    this.list.show(file);
    document.title = `${file.shortName} – ${this.title}`;
    announce(`${file.shortName} shown`);
    void this.content.show(file);
  }

  private showNothing(name: string | undefined): void {
    this.chosen = undefined;
    this.content.clear();
    this.list.show(undefined);
    this.showList(true);
    document.title = this.title;
    const advice = this.viewer.querySelector<HTMLTemplateElement>("template[data-outputs-advice]")?.content;
    const missing = make("p", "outputs-message", `There is no file called ${name ?? ""} here.`);
    this.place.replaceChildren(name === undefined && advice ? advice.cloneNode(true) : missing);
  }

  private drawHead(): void {
    const file = this.chosen;
    if (!file) return;
    const order = this.list.inView();
    const at = order.indexOf(file);
    const to = (other: OutputFile | undefined) => other && (() => this.turnTo(other));
    const place = at < 0 ? "" : placeText(at + 1, order.length);
    this.head.replaceChildren(
      headOf(file, place, this.isListShown, {
        previous: to(order[at - 1]),
        next: to(order[at + 1]),
        toggleList: () => {
          this.showList(!this.isListShown);
          this.head.querySelector<HTMLElement>("[aria-expanded]")?.focus();
        },
      }),
    );
  }

  private showList(isShown: boolean): void {
    this.isListShown = isShown;
    this.viewer.toggleAttribute("data-list-hidden", !isShown);
    this.drawHead();
  }

  /** To a neighbour; the button that was pressed is made anew and keeps the focus. */
  private turnTo(file: OutputFile): void {
    const name = document.activeElement?.closest("[data-outputs-file] button")?.getAttribute("aria-label");
    history.pushState(null, "", file.pageUrl);
    this.show(file);
    if (name) this.head.querySelector<HTMLElement>(`button[aria-label="${name}"]`)?.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog")) return;
    const step = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
    if (step === 0) return;
    const order = this.list.inView();
    const at = this.chosen ? order.indexOf(this.chosen) : -1;
    const next = at < 0 ? order[0] : order[at + step];
    if (next) this.turnTo(next);
  }
}

/** The path and what follows "?", with nothing encoded, so that two ways to write them are one. */
function pathOf(address: string): string {
  const { pathname, search } = new URL(address, location.href);
  try {
    return decodeURIComponent(pathname + search);
  } catch {
    return pathname + search;
  }
}

export function startOutputs(viewer: HTMLElement): void {
  new OutputsViewer(viewer);
}
