// A message with [data-dismiss] can be put away; it fades unless motion is unwanted.
import { on, prefersStillness } from "./dom";

export function startAlerts(): void {
  on("click", "[data-dismiss]", (button) => {
    const alert = button.closest(".alert");
    if (!alert) return;
    if (prefersStillness()) {
      alert.remove();
      return;
    }
    alert.classList.add("is-leaving");
    alert.addEventListener("transitionend", () => alert.remove(), { once: true });
  });
}
