// A dialog that htmx swaps something into opens by itself, and stays open while its form
// is swapped again:
//   <a href="/page/" hx-get="/page/" hx-target="#addNewOrg">…</a>
//   <dialog class="modal" id="addNewOrg" aria-label="…"></dialog>
// #closeModal within it closes it, as does a press beside it; Escape is the browser's own.
// Without script the link goes to the page.
import { jsonFrom, on } from "./dom";

/** An address of this site that an answer to htmx says to go to, if any. */
function destination(answer: XMLHttpRequest): string | undefined {
  const header = answer.getResponseHeader("HX-Location");
  if (!header) return undefined;
  const path = header.startsWith("{")
    ? jsonFrom<{ path?: string }>(header, {}).path
    : header;
  return path && /^\/(?![/\\])/.test(path) ? path : undefined;
}

function startSwappedDialogs(): void {
  document.addEventListener("htmx:afterSwap", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
    dialog.showModal();
  });
  // A whole new page rather than htmx's exchange of the body: scripts start afresh with it.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail;
    const path = destination(xhr);
    if (!path) return;
    event.preventDefault();
    location.assign(path);
  });
}

export function startDialogs(): void {
  startSwappedDialogs();
  on("click", "#closeModal", (button) => button.closest("dialog")?.close());
  // A press on the backdrop is a press on the dialog itself, outside of its content.
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement)) return;
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left &&
      event.clientX <= box.right &&
      event.clientY >= box.top &&
      event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
}
