// Short messages in the corner of the window, for what went wrong while the page stayed. They are alerts
// (alerts.ts closes them) and stay until they are closed.

function corner(): HTMLElement {
  const existing = document.getElementById("toasts");
  if (existing) return existing;
  const made = document.createElement("div");
  made.id = "toasts";
  made.className = "toasts";
  document.body.append(made);
  return made;
}

/** Shows an error; the same text is not shown twice at a time. */
export function toastError(text: string): void {
  const place = corner();
  if ([...place.children].some((toast) => toast.textContent === text)) return;
  const toast = document.createElement("div");
  toast.className = "alert is-danger";
  toast.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "alert-close";
  close.dataset["dismiss"] = "";
  close.setAttribute("aria-label", "Close this message");
  const cross = document.createElement("span");
  cross.className = "icon icon-cross";
  cross.setAttribute("aria-hidden", "true");
  close.append(cross);
  toast.append(words, close);
  place.append(toast);
}
