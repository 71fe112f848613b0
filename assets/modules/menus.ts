// Menus are <details data-menu>: they open without script. With it they also close
// on Escape, on a press elsewhere, when another opens and when the focus leaves.
import { all } from "./dom";

function closeOthers(keep: Element | null): void {
  for (const menu of all<HTMLDetailsElement>("details[data-menu][open]")) {
    if (menu !== keep) menu.open = false;
  }
}

function menuAround(target: EventTarget | null): Element | null {
  return target instanceof Element ? target.closest("details[data-menu]") : null;
}

/** Closes the open menu and puts the focus back on its button; false when none was open. */
export function closeOpenMenu(): boolean {
  const open = document.querySelector<HTMLDetailsElement>("details[data-menu][open]");
  if (!open) return false;
  open.open = false;
  open.querySelector("summary")?.focus();
  return true;
}

export function startMenus(): void {
  document.addEventListener("click", (event) => closeOthers(menuAround(event.target)));
  document.addEventListener("focusin", (event) => closeOthers(menuAround(event.target)));
}
