// Keys that work everywhere: "/" goes to the page's search box, Escape closes or clears.
import { closeOpenMenu } from "./menus";

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select"))
  );
}

function visibleSearchBox(): HTMLInputElement | undefined {
  return [...document.querySelectorAll<HTMLInputElement>('input[type="search"]')].find(
    (input) => input.offsetParent !== null,
  );
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
