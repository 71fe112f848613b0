// Asks once before a form with data-confirm-title (on the form, or on the pressed
// button) is submitted. Without script the form goes straight to the server.
//   data-confirm-title   names what will be lost
//   data-confirm-text    optional, says more
//   data-confirm-action  optional, text of the button that goes ahead

interface Waiting {
  form: HTMLFormElement;
  submitter: HTMLElement | null;
}

const confirmed = new WeakSet<HTMLFormElement>();
let waiting: Waiting | undefined;

function ask(dialog: HTMLDialogElement, question: DOMStringMap): void {
  const write = (selector: string, text: string) => {
    const element = dialog.querySelector(selector);
    if (element) element.textContent = text;
  };
  write("h2", question["confirmTitle"] ?? "");
  write("p", question["confirmText"] ?? "");
  write('button[value="yes"]', question["confirmAction"] ?? "Continue");
  dialog.returnValue = "";
  dialog.showModal();
}

export function startConfirm(): void {
  const dialog = document.getElementById("confirm-dialog");
  if (!(dialog instanceof HTMLDialogElement)) return;

  // In the capturing phase: before htmx and every other listener sees the submission.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement) || confirmed.delete(form)) return;
      const question = [event.submitter, form].find(
        (element) => element instanceof HTMLElement && element.dataset["confirmTitle"],
      );
      if (!(question instanceof HTMLElement)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting = { form, submitter: event.submitter };
      ask(dialog, question.dataset);
    },
    true,
  );

  dialog.addEventListener("close", () => {
    const answered = waiting;
    waiting = undefined;
    if (!answered || dialog.returnValue !== "yes") return;
    confirmed.add(answered.form);
    answered.form.requestSubmit(answered.submitter);
  });
}
