// A box that narrows the options of a long select: <input data-filters-options="ID">.
// Options are taken out rather than hidden, because Safari shows hidden ones.
import { all } from "./dom";

/** The options of a select, narrowed by a text; whoever changes the options tells it. */
class OptionFilter {
  private options: HTMLOptionElement[];

  constructor(
    private readonly box: HTMLInputElement,
    private readonly select: HTMLSelectElement,
  ) {
    this.options = [...select.options];
    box.addEventListener("input", () => this.apply());
    select.addEventListener("options-replaced", () => {
      this.options = [...select.options];
      this.box.value = "";
    });
  }

  private apply(): void {
    const wanted = this.box.value.trim().toLowerCase();
    const selected = this.select.value;
    const fitting = this.options.filter(
      (option) =>
        option.value === "" ||
        option.value === selected ||
        option.text.toLowerCase().includes(wanted),
    );
    this.select.replaceChildren(...fitting);
    this.select.value = selected;
  }
}

export function startSelectFilters(): void {
  for (const box of all<HTMLInputElement>("input[data-filters-options]")) {
    const select = document.getElementById(box.dataset["filtersOptions"] ?? "");
    if (select instanceof HTMLSelectElement) new OptionFilter(box, select);
  }
}
