// Buttons of the viewer that change something: a draft publication of all files, the publication itself. Without script
// their forms go to pages; with it to the API, whose refusals are shown where the reader is.
import { jsonFrom } from "./dom";
import { toastError } from "./toasts";

interface Facts {
  filesUrl: string;
  prepareUrl: string | undefined;
  publishUrl: string | undefined;
}

const BUSY_WORDS = { prepare: "Creating…", publish: "Publishing…" };

export function listenForSending(viewer: HTMLElement, facts: Facts): void {
  // On the viewer itself: before submit.ts, which listens on the document and would take the form for a page's.
  viewer.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
    const what = form.dataset["outputsSend"];
    const url = what === "prepare" ? facts.prepareUrl : what === "publish" ? facts.publishUrl : undefined;
    if ((what !== "prepare" && what !== "publish") || url === undefined) return;
    event.preventDefault();
    if ("busy" in form.dataset) return;
    void busyWhile(form, BUSY_WORDS[what], () => (what === "prepare" ? prepare(url, facts.filesUrl) : publish(url)));
  });
}

async function busyWhile(form: HTMLFormElement, words: string, work: () => Promise<void>): Promise<void> {
  const button = form.querySelector("button");
  const before = [...(button?.childNodes ?? [])];
  form.dataset["busy"] = "";
  button?.replaceChildren(words);
  button?.setAttribute("aria-disabled", "true");
  if (button) button.dataset["busy"] = "";
  try {
    await work();
  } catch (error) {
    toastError(`Error: ${error instanceof Error ? error.message : "that did not work"}`);
    button?.replaceChildren(...before);
    button?.removeAttribute("aria-disabled");
    delete button?.dataset["busy"];
    delete form.dataset["busy"];
  }
}

/** Asks for the ids only now: the list may have changed since the page was made. */
async function prepare(url: string, filesUrl: string): Promise<void> {
  const list = (await answered(await asked(filesUrl), "The list of files could not be loaded")) as {
    files?: { id: string }[];
  };
  const body = JSON.stringify({ file_ids: (list.files ?? []).map((file) => file.id) });
  const made = (await answered(await asked(url, body), "The draft could not be created")) as { url?: string };
  location.assign(made.url ?? location.href);
}

async function publish(url: string): Promise<void> {
  await answered(await asked(url, ""), "The files could not be published");
  location.reload();
}

/** A GET, or a POST when there is a body. */
async function asked(url: string, body?: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    headers["X-CSRFToken"] = token();
  }
  try {
    return await fetch(url, { method: body === undefined ? "GET" : "POST", headers, body: body ?? null });
  } catch {
    throw new Error("the server cannot be reached. Please try again.");
  }
}

/** Every form of a page carries the same token; whoever is signed in has one to sign out. */
function token(): string {
  return document.querySelector<HTMLInputElement>('input[name="csrfmiddlewaretoken"]')?.value ?? "";
}

/** What a successful answer says; throws an Error with the reason of any other. */
async function answered(response: Response, otherwise: string): Promise<unknown> {
  const said = jsonFrom<{ detail?: unknown }>(await response.text(), {});
  if (response.ok) return said;
  throw new Error(typeof said.detail === "string" ? said.detail : `${otherwise} (${response.status}).`);
}
