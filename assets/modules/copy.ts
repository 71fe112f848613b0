// [data-copy] puts its text on the clipboard and shows for a moment that it did.
import { announce, on } from "./dom";

const SHOWN_FOR_MS = 1500;

async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain http has no clipboard interface: copy from a hidden field instead.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr-only";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser refused to copy");
}

export function startCopy(): void {
  on("click", "[data-copy]", (button) => {
    copy(button.dataset["copy"] ?? "").then(
      () => {
        button.dataset["copied"] = "";
        announce("Copied");
        setTimeout(() => delete button.dataset["copied"], SHOWN_FOR_MS);
      },
      () => announce("Could not copy"),
    );
  });
}
