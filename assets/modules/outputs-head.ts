// The head of the chosen file: its name, facts, and what can be done with it.
import { breakable, button, icon, make } from "./elements";
import { newTabLink } from "./outputs-content";
import type { OutputFile } from "./outputs-files";
import { baseName, momentText, sizeText } from "./outputs-files";

interface HeadActions {
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
  toggleList: () => void;
}

/** @param place  "3 of 24", or empty */
export function headOf(file: OutputFile, place: string, isListShown: boolean, actions: HeadActions): HTMLElement {
  const words = breakable(file.shortName);
  const name = file.isDeleted ? make("span", "", words) : newTabLink(file, words);
  const heading = make("h2", "", name);
  heading.tabIndex = -1;
  const title = make("div", "outputs-title", heading, factsOf(file, place));
  const list = button(isListShown ? "Hide file list" : "Show file list", actions.toggleList);
  list.setAttribute("aria-expanded", String(isListShown));
  list.setAttribute("aria-controls", "outputs-list");
  const buttons = make("div", "outputs-buttons", list, ...turns(actions));
  if (!file.note) buttons.append(download(file), opener(file));
  return make("header", "outputs-head", title, buttons);
}

function factsOf(file: OutputFile, place: string): HTMLElement {
  const facts = make("p", "outputs-facts");
  const moment = momentText(file.moment);
  if (moment !== undefined) {
    const time = make("time", "", moment);
    time.dateTime = file.date;
    time.title = "UTC";
    facts.append(time);
  }
  facts.append(make("span", "", sizeText(file.size)));
  if (place) facts.append(make("span", "", place));
  return facts;
}

function turns(actions: HeadActions): HTMLElement[] {
  const turn = (text: string, picture: string, action: (() => void) | undefined) => {
    const made = button(text, () => action?.(), picture);
    if (!action) made.setAttribute("aria-disabled", "true");
    return made;
  };
  return [turn("Previous file (k)", "chevron-up", actions.previous), turn("Next file (j)", "chevron-down", actions.next)];
}

function download(file: OutputFile): HTMLElement {
  const link = make("a", "button is-small outputs-download", icon("download"), "Download");
  link.href = file.url;
  link.download = baseName(file.name);
  return link;
}

function opener(file: OutputFile): HTMLElement {
  const link = newTabLink(file, icon("external"));
  link.className = "button is-small";
  link.title = "Open in a new tab";
  link.setAttribute("aria-label", "Open in a new tab");
  return link;
}
