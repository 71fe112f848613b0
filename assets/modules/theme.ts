// The choice between light, dark and what the system says. The layout's first script
// applies a remembered choice before anything is drawn; this one changes it.
import { all, on } from "./dom";

const KEY = "theme";

function chosen(): string {
  return document.documentElement.dataset["theme"] ?? "auto";
}

function showChoice(): void {
  for (const button of all("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === chosen()));
  }
}

function apply(theme: string | null | undefined): void {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
  else delete root.dataset["theme"];
  showChoice();
}

function remember(theme: string): void {
  try {
    if (theme === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Storage may be switched off; the choice then lasts for this page.
  }
}

export function startTheme(): void {
  showChoice();
  on("click", "[data-theme-choice]", (button) => {
    const theme = button.dataset["themeChoice"] ?? "auto";
    apply(theme);
    remember(theme);
    button.closest("details")?.removeAttribute("open");
  });
  // Other tabs follow.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) apply(event.newValue);
  });
}
