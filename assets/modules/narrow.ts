// A box that narrows a list of choices beside it: <input data-narrows> in a fieldset with
// <div class="choices">. What is ticked stays in view.
import { all, announce, on } from "./dom";

export function startNarrowing(): void {
  on("input", "input[data-narrows]", (box) => {
    const group = box.closest("fieldset");
    if (!(box instanceof HTMLInputElement) || !group) return;
    const wanted = box.value.trim().toLowerCase();
    const choices = all(".choice", group);
    for (const choice of choices) {
      const isTicked = choice.querySelector("input:checked") !== null;
      choice.hidden = !isTicked && !(choice.textContent ?? "").toLowerCase().includes(wanted);
    }
    announce(`${choices.filter((choice) => !choice.hidden).length} of ${choices.length} shown`);
  });
  on("keydown", "input[data-narrows]", (_, event) => {
    if (event.key === "Enter") event.preventDefault(); // it is no answer to the form
  });
}
