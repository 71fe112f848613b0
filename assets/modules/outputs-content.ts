// The chosen file: fetches what its kind needs and shows it, or says why there is nothing to show.
import { make } from "./elements";
import type { Refusal } from "./outputs-fetch";
import { probe, Refused, TEXT_LIMIT, textOf } from "./outputs-fetch";
import type { OutputFile } from "./outputs-files";
import { sizeText } from "./outputs-files";
import { Picture } from "./outputs-image";
import { jsonView, tableView, textView } from "./outputs-text";
import { toastError } from "./toasts";

const SUPPORT = "https://docs.opensafely.org/how-to-get-help/#slack";
const WORDS: Record<Refusal, string> = {
  "not-uploaded": "This file has not been uploaded. Something probably went wrong while it was released.",
  gone: "This file is not there any more. It may have been deleted since this page was opened.",
  forbidden: "You are not permitted to see this file any more. Perhaps you were logged out.",
  "too-large": `Files above ${sizeText(TEXT_LIMIT)} are not shown here.`,
  failed: "This file could not be loaded.",
};
const NO_PREVIEW = "There is no preview for this kind of file.";

export class OutputsContent {
  private underWay = new AbortController();

  constructor(private readonly place: HTMLElement) {}

  /** Shows the file; what was under way for another is given up. */
  async show(file: OutputFile): Promise<void> {
    this.clear();
    const { signal } = this.underWay;
    this.place.setAttribute("aria-busy", "true");
    try {
      const view = await this.viewOf(file, signal);
      if (!signal.aborted) this.place.replaceChildren(view);
    } catch (error) {
      if (!signal.aborted) this.refuse(file, error instanceof Refused ? error.reason : "failed");
    } finally {
      if (!signal.aborted) this.place.removeAttribute("aria-busy");
    }
  }

  clear(): void {
    this.underWay.abort();
    this.underWay = new AbortController();
    this.place.removeAttribute("aria-busy");
    this.place.replaceChildren();
  }

  private async viewOf(file: OutputFile, signal: AbortSignal): Promise<HTMLElement> {
    if (file.isDeleted) return redacted(file);
    if (file.kind === "other") return message(NO_PREVIEW, file);
    if (file.size > TEXT_LIMIT) throw new Refused("too-large");
    if (file.kind === "image") return new Picture(file.url, file.name, () => void this.diagnose(file)).element;
    if (file.kind === "html" || file.kind === "pdf") {
      await probe(file.url, signal);
      return file.kind === "html" ? frame(file) : documentView(file);
    }
    const text = await textOf(file.url, signal, (bytes) => this.progress(file, bytes, signal));
    if (text === "") return make("p", "outputs-message", "This file is empty.");
    const pause = async () => {
      await new Promise((resume) => setTimeout(resume));
      signal.throwIfAborted();
    };
    if (file.kind === "csv") return tableView(text, file.name, pause);
    return file.kind === "json" ? jsonView(text, file.name, pause) : textView(text, file.name, pause);
  }

  private progress(file: OutputFile, bytes: number, signal: AbortSignal): void {
    if (signal.aborted) return;
    const known = this.place.querySelector("progress");
    if (known) {
      known.value = bytes;
      return;
    }
    const bar = make("progress", "outputs-progress");
    bar.max = Math.max(file.size, bytes);
    bar.value = bytes;
    bar.setAttribute("aria-label", `Loading ${file.name}`);
    this.place.replaceChildren(make("div", "outputs-message", make("p", "", "Loading…"), bar));
  }

  /** The browser does not say why a picture did not come. */
  private async diagnose(file: OutputFile): Promise<void> {
    const { signal } = this.underWay;
    try {
      await probe(file.url, signal);
      if (!signal.aborted) this.place.replaceChildren(message("The browser cannot show this picture.", file));
    } catch (error) {
      if (!signal.aborted) this.refuse(file, error instanceof Refused ? error.reason : "failed");
    }
  }

  private refuse(file: OutputFile, reason: Refusal): void {
    this.place.replaceChildren(reason === "not-uploaded" ? notUploaded() : message(WORDS[reason], file));
    if (reason !== "not-uploaded" && reason !== "too-large") toastError(`${file.shortName}: ${WORDS[reason]}`);
  }
}

/** The server sends the file with a policy that gives it an origin of its own; the attribute says the same once more. */
function frame(file: OutputFile): HTMLElement {
  const element = make("iframe", "outputs-frame");
  element.title = file.name;
  element.sandbox.add("allow-scripts");
  element.referrerPolicy = "no-referrer";
  element.src = file.url;
  return element;
}

/** Browsers refuse to show a PDF in a sandboxed frame; the viewer itself runs nothing of ours. */
function documentView(file: OutputFile): HTMLElement {
  if (!navigator.pdfViewerEnabled) return message("This browser does not show PDF documents in a page.", file);
  const element = make("iframe", "outputs-frame");
  element.title = file.name;
  element.src = file.url;
  return element;
}

export function newTabLink(file: OutputFile, ...content: (Node | string)[]): HTMLAnchorElement {
  const link = make("a", "", ...content);
  link.href = file.url;
  link.target = "filePreview";
  link.rel = "noopener noreferrer";
  return link;
}

function message(text: string, file: OutputFile): HTMLElement {
  return make("div", "outputs-message", make("p", "", text), make("p", "", newTabLink(file, "Open file in a new tab ↗")));
}

function redacted(file: OutputFile): HTMLElement {
  const said = make("p", "outputs-strong", file.note || "Deleted");
  const more = make("p", "", "Its content has been redacted. Please delete copies that were made of it.");
  return make("div", "outputs-message", said, more);
}

function notUploaded(): HTMLElement {
  const link = make("a", "", "ask for help");
  link.href = SUPPORT;
  const help = make("p", "", "If it does not appear soon, please ", link, ".");
  return make("div", "outputs-message", make("p", "outputs-strong", WORDS["not-uploaded"]), help);
}
