// A box that finds words in a long text, of which the page holds only a part: Enter goes to the next row that has them.
import { announce } from "./dom";
import { make } from "./elements";
import type { Offsets } from "./outputs-offsets";

/**
 * @param text    what is searched
 * @param starts  where its rows begin
 * @param goTo    shows the row of that index and says which it is: "row 1,204"
 */
export function finder(text: string, starts: Offsets, goTo: (row: number) => string): HTMLElement {
  const box = make("input", "input");
  box.type = "search";
  box.placeholder = "Find in this file";
  box.setAttribute("aria-label", "Find in this file; Enter goes on to the next");
  box.autocomplete = "off";
  const answer = make("output", "outputs-found");
  let from = 0;
  box.addEventListener("input", () => {
    from = 0;
    answer.textContent = "";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || box.value.trim() === "") return;
    event.preventDefault();
    const at = positionOf(box.value.trim(), text, from) ?? positionOf(box.value.trim(), text, 0);
    if (at === undefined) {
      answer.textContent = "not found";
    } else {
      const row = starts.indexOf(at);
      from = row + 1 < starts.count ? starts.at(row + 1) : text.length;
      answer.textContent = goTo(row);
    }
    announce(answer.textContent ?? "");
  });
  return make("div", "outputs-find", make("div", "search", box), answer);
}

function positionOf(words: string, text: string, from: number): number | undefined {
  const pattern = new RegExp(words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
  pattern.lastIndex = from;
  return pattern.exec(text)?.index;
}
