// Search and filters of a list (components/list_tools): each filter says how many of its
// boxes are ticked, an opened one stays in view and takes the focus, and nothing empty goes
// into the address.
import { all, on } from "./dom";

// On a touch screen the focus would bring up the keyboard, over what was opened.
const typesByHand = matchMedia("(pointer: fine)");

/** A panel that would leave the window opens to the other side of its filter. */
function keepInView(panel: Element | null): void {
  panel?.classList.remove("is-leftwards");
  const edge = document.documentElement.clientWidth;
  if (panel && panel.getBoundingClientRect().right > edge) panel.classList.add("is-leftwards");
}

export function startListTools(): void {
  on("change", ".facet input[type='checkbox']", (box) => {
    const facet = box.closest(".facet");
    const count = facet?.querySelector("[data-facet-count]");
    if (!facet || !count) return;
    const ticked = all("input:checked", facet as HTMLElement).length;
    count.textContent = ticked > 0 ? String(ticked) : "";
  });
  // `toggle` does not bubble.
  document.addEventListener(
    "toggle",
    (event) => {
      const facet = event.target;
      if (!(facet instanceof HTMLDetailsElement) || !facet.matches(".facet[open]")) return;
      keepInView(facet.querySelector(".facet-panel"));
      if (typesByHand.matches) facet.querySelector<HTMLInputElement>("input[type='search']")?.focus();
    },
    true,
  );
  document.addEventListener("formdata", (event) => {
    if (!(event.target instanceof HTMLFormElement) || !("listTools" in event.target.dataset)) return;
    for (const name of new Set(event.formData.keys())) {
      const filled = event.formData.getAll(name).filter((value) => value !== "");
      event.formData.delete(name);
      for (const value of filled) event.formData.append(name, value);
    }
  });
}
