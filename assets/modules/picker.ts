// Boxes to tick, of a great many: typing finds more (components/picker, list_tools).
//   <fieldset data-picker="URL" data-picker-name="users">
//     <div data-picker-chosen>…</div>  <input data-picker-find>  <div data-picker-found></div>
// The address answers ?find=TEXT&name=NAME with at most a screenful of unticked boxes; in
// a menu (<details>) it is asked for the first ones as soon as that opens.
// What was ticked moves to the chosen ones as soon as something else is looked for.
import { all, announce, on } from "./dom";
import { make } from "./elements";

const PAUSE_MS = 180;

class Picker {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;

  constructor(
    private readonly field: HTMLElement,
    private readonly box: HTMLInputElement,
    private readonly chosen: HTMLElement,
    private readonly found: HTMLElement,
  ) {
    // The server takes a filled box for the wish to find without scripts.
    box.removeAttribute("name");
  }

  /** Asks once the typing pauses. */
  typed(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.find(), PAUSE_MS);
  }

  async find(): Promise<void> {
    clearTimeout(this.timer);
    this.asking?.abort();
    const wanted = this.box.value.trim();
    this.keepTicked();
    if (!wanted && !this.field.closest("details")) {
      this.found.replaceChildren();
      return;
    }
    const asking = new AbortController();
    this.asking = asking;
    try {
      const response = await fetch(this.address(wanted), { signal: asking.signal });
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.show(await response.text());
    } catch {
      if (asking.signal.aborted) return;
      this.found.replaceChildren(
        make("p", "note", "That did not work. Wait a moment and type again."),
      );
    }
  }

  private address(wanted: string): URL {
    const address = new URL(this.field.dataset["picker"] ?? "", location.href);
    address.searchParams.set("find", wanted);
    address.searchParams.set("name", this.field.dataset["pickerName"] ?? "");
    return address;
  }

  private keepTicked(): void {
    for (const box of all<HTMLInputElement>("input:checked", this.found)) {
      const choice = box.closest("label");
      if (choice) this.chosen.append(choice);
    }
  }

  private show(html: string): void {
    this.keepTicked(); // ticked while the answer was on its way
    const known = new Set(all<HTMLInputElement>("input", this.chosen).map((box) => box.value));
    this.found.innerHTML = html;
    const boxes = all<HTMLInputElement>("input", this.found);
    const fresh = boxes.filter((box) => !known.has(box.value));
    for (const box of boxes) if (known.has(box.value)) box.closest("label")?.remove();
    if (boxes.length > 0 && fresh.length === 0) {
      this.found.prepend(make("p", "note", "All that were found are chosen already."));
    }
    announce(`${fresh.length} found`);
  }
}

const pickers = new WeakMap<HTMLElement, Picker>();

/** The picker around an element, in parts added later as well. */
function pickerOf(element: HTMLElement): Picker | undefined {
  const field = element.closest<HTMLElement>("[data-picker]");
  if (!field) return undefined;
  const part = (name: string) => field.querySelector<HTMLElement>(`[data-picker-${name}]`);
  const [box, chosen, found] = [part("find"), part("chosen"), part("found")];
  if (!(box instanceof HTMLInputElement) || !chosen || !found) return undefined;
  const picker = pickers.get(field) ?? new Picker(field, box, chosen, found);
  pickers.set(field, picker);
  return picker;
}

export function startPickers(): void {
  all("[data-picker-find]").forEach(pickerOf);
  on("input", "[data-picker-find]", (box) => pickerOf(box)?.typed());
  // `toggle` does not bubble.
  document.addEventListener(
    "toggle",
    ({ target: menu }) => {
      if (!(menu instanceof HTMLDetailsElement) || !menu.open) return;
      const box = menu.querySelector<HTMLElement>("[data-picker-find]");
      if (box) void pickerOf(box)?.find();
    },
    true,
  );
  on("keydown", "[data-picker-find]", (box, event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // finds, and does not send the form
    void pickerOf(box)?.find();
  });
}
