// A pressed submit button shows that it works, and the form cannot be sent twice.
// The button is not `disabled`: that would take its name and value out of the form.

// When the page is still here after this long, the answer was a download or the
// reader stopped the navigation.
const GIVE_BACK_AFTER_MS = 20_000;

function markBusy(form: HTMLFormElement, submitter: HTMLElement | null): void {
  form.dataset["busy"] = "";
  if (submitter) {
    submitter.dataset["busy"] = "";
    submitter.setAttribute("aria-disabled", "true");
  }
}

function giveBack(form: HTMLFormElement): void {
  delete form.dataset["busy"];
  for (const button of form.ownerDocument.querySelectorAll<HTMLElement>("button[data-busy]")) {
    delete button.dataset["busy"];
    button.removeAttribute("aria-disabled");
  }
}

export function startSubmit(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
    if ("busy" in form.dataset) {
      event.preventDefault();
      return;
    }
    if (event.defaultPrevented) return; // htmx sends it
    markBusy(form, event.submitter);
    setTimeout(() => giveBack(form), GIVE_BACK_AFTER_MS);
  });
  // Coming back to this page from the browser's memory finds it as it was left.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-busy]")) giveBack(form);
  });
}
