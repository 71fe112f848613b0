// Short messages in the corner of the window, for what went wrong while the page stayed. They are alerts
// (alerts.ts closes them) and stay until they are closed.
import { icon, make } from "./elements";

function corner(): HTMLElement {
  const existing = document.getElementById("toasts");
  if (existing) return existing;
  const made = make("div", "toasts");
  made.id = "toasts";
  document.body.append(made);
  return made;
}

/** Shows an error; the same text is not shown twice at a time. */
export function toastError(text: string): void {
  const place = corner();
  if ([...place.children].some((toast) => toast.textContent === text)) return;
  const close = make("button", "alert-close", icon("cross"));
  close.type = "button";
  close.dataset["dismiss"] = "";
  close.setAttribute("aria-label", "Close this message");
  const toast = make("div", "alert is-danger", make("p", "", text), close);
  toast.setAttribute("role", "alert");
  place.append(toast);
}
