// Dialogs: a button with data-opens="ID" opens <dialog id="ID">, one with data-close
// closes the dialog it stands in. Escape is the browser's own.
import { on } from "./dom";

export function startDialogs(): void {
  on("click", "[data-opens]", (button) => {
    const dialog = document.getElementById(button.dataset["opens"] ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  });
  on("click", "[data-close]", (button, event) => {
    event.preventDefault();
    button.closest("dialog")?.close();
  });
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
