// Keys that work everywhere: "/" goes to the page's search box, or else to the one in the
// header; Escape closes or clears.
import { all } from "./dom";
import { closeOpenMenu } from "./menus";

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

// Boxes that belong to a question of a form are not the page's search.
const OF_THE_PAGE = 'main input[type="search"]:not([data-picker-find], [data-narrows], .table-filters *)';
const OF_THE_SITE = '.site-search input[type="search"]';

function visibleSearchBox(): HTMLInputElement | undefined {
  const visible = (selector: string) =>
    all<HTMLInputElement>(selector).find((input) => input.offsetParent !== null);
  return visible(OF_THE_PAGE) ?? visible(OF_THE_SITE);
}

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && closeOpenMenu()) {
      event.preventDefault();
    } else if (event.key === "/" && !isTyping(event.target)) {
      const box = visibleSearchBox();
      if (!box) return;
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
}
