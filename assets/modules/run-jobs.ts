// Run jobs: find actions, see what else will run, see their latest states.
//   <form data-run-jobs data-statuses-url="/api/v2/workspaces/<name>/statuses/"
//         data-needs='{"action": ["needed", …], …}'>
//     <input type="search" data-action-filter>
//     <button type="button" class="chip" data-pick="failed | never-run" aria-pressed="false">
//     <button type="button" class="chip" data-pick="all">
//     <tr data-action="NAME">  <input type="checkbox" name="requested_actions" value="NAME">
//         <span data-will-run hidden>…</span>  <span class="pill" data-state-pill data-state="…">…</span>
//         <td data-state-when>…</td>
//     <input type="radio" name="backend" value="SLUG" data-backend-name="TPP">
//     <input type="checkbox" name="force_run_dependencies">
//     <p data-no-match hidden>No action …</p>   <span data-run-summary>…</span>
import { actionsAlsoRun, summary } from "./run-plan";
import { all, announce, jsonFrom } from "./dom";

const SHOWN_STATES = new Map([
  ["pending", "Pending"],
  ["running", "Running"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
]);

class RunJobsForm {
  private readonly rows: HTMLElement[];
  private readonly needs: Map<string, string[]>;
  private latestLookup = 0;

  constructor(private readonly form: HTMLFormElement) {
    this.rows = all("[data-action]", form);
    this.needs = new Map(
      Object.entries(jsonFrom<Record<string, string[]>>(form.dataset["needs"], {})),
    );
    form.addEventListener("change", (event) => this.onChange(event));
    form.addEventListener("input", (event) => {
      if (event.target instanceof Element && event.target.matches("[data-action-filter]")) {
        this.filter();
      }
    });
    form.addEventListener("click", (event) => this.onPick(event));
    form.addEventListener("keydown", (event) => this.keepEnterInFilter(event));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.refreshStates();
    });
    // A browser that comes back restores ticks after this script has run.
    window.addEventListener("pageshow", () => this.showPlan());
    this.showPlan();
    void this.refreshStates();
  }

  private onChange(event: Event): void {
    if (event.target instanceof HTMLInputElement && event.target.name === "backend") {
      for (const cell of all("[data-state-when]", this.form)) cell.textContent = "";
      void this.refreshStates();
    }
    this.showPlan();
  }

  /** Enter in the filter box must not submit the form. */
  private keepEnterInFilter(event: KeyboardEvent): void {
    const inFilter = event.target instanceof Element && event.target.matches("[data-action-filter]");
    if (inFilter && event.key === "Enter") event.preventDefault();
  }

  private onPick(event: MouseEvent): void {
    if (!(event.target instanceof Element)) return;
    const chip = event.target.closest<HTMLElement>("[data-pick]");
    if (!chip) return;
    if (chip.dataset["pick"] === "all") {
      this.tickVisible();
    } else {
      const pressed = chip.getAttribute("aria-pressed") !== "true";
      for (const other of all("[data-pick][aria-pressed]", this.form)) {
        other.setAttribute("aria-pressed", String(pressed && other === chip));
      }
    }
    this.filter();
    this.showPlan();
  }

  /** Ticks every action in view, or unticks them when all are ticked. run_all would say it twice. */
  private tickVisible(): void {
    const boxes = this.rows
      .filter((row) => !row.hidden && row.dataset["action"] !== "run_all")
      .map((row) => this.box(row));
    const tick = boxes.some((box) => box && !box.checked);
    for (const box of boxes) if (box) box.checked = tick;
  }

  private filter(): void {
    const typed = this.form.querySelector<HTMLInputElement>("[data-action-filter]")?.value ?? "";
    const wanted = typed.trim().toLowerCase();
    const pick = this.form.querySelector<HTMLElement>('[data-pick][aria-pressed="true"]')?.dataset["pick"];
    for (const row of this.rows) {
      const state = this.state(row);
      const fitsPick =
        pick === undefined || (pick === "failed" ? state === "failed" : state === "none");
      const fitsText = (row.dataset["action"] ?? "").toLowerCase().includes(wanted);
      row.hidden = !(fitsPick && fitsText);
    }
    const noMatch = this.form.querySelector<HTMLElement>("[data-no-match]");
    if (noMatch) noMatch.hidden = this.rows.some((row) => !row.hidden);
  }

  /** Marks what will also run, and says in one line what the button will do. */
  private showPlan(): void {
    const chosen = this.rows.filter((row) => this.box(row)?.checked).map((row) => row.dataset["action"] ?? "");
    const also = actionsAlsoRun(
      chosen,
      this.needs,
      new Map(this.rows.map((row) => [row.dataset["action"] ?? "", this.state(row)])),
      this.form.querySelector<HTMLInputElement>('[name="force_run_dependencies"]')?.checked ?? false,
    );
    for (const row of this.rows) {
      const mark = row.querySelector<HTMLElement>("[data-will-run]");
      if (mark) mark.hidden = !also.has(row.dataset["action"] ?? "");
    }
    const line = this.form.querySelector("[data-run-summary]");
    if (line) line.textContent = summary(chosen.length, also.size, this.backend()?.dataset["backendName"]);
  }

  /** Fetches the latest state of each action on the chosen backend; keeps what is shown on any failure. */
  private async refreshStates(): Promise<void> {
    const address = this.form.dataset["statusesUrl"];
    if (!address) return;
    const lookup = ++this.latestLookup;
    const url = new URL(address, location.href);
    url.searchParams.set("backend", this.backend()?.value ?? "");
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok || lookup !== this.latestLookup) return;
      const states = (await response.json()) as Record<string, string>;
      if (lookup !== this.latestLookup) return;
      for (const row of this.rows) this.showState(row, states[row.dataset["action"] ?? ""]);
    } catch {
      announce("The states of the actions could not be refreshed");
      return;
    }
    this.filter();
    this.showPlan();
  }

  private showState(row: HTMLElement, status: string | undefined): void {
    const pill = row.querySelector<HTMLElement>("[data-state-pill]");
    if (!pill) return;
    const state = status !== undefined && SHOWN_STATES.has(status) ? status : "none";
    if (pill.dataset["state"] === state) return;
    pill.dataset["state"] = state;
    pill.textContent = SHOWN_STATES.get(state) ?? "No status";
    const when = row.querySelector("[data-state-when]");
    if (when) when.textContent = "";
  }

  private state(row: HTMLElement): string {
    return row.querySelector<HTMLElement>("[data-state-pill]")?.dataset["state"] ?? "none";
  }

  private box(row: HTMLElement): HTMLInputElement | null {
    return row.querySelector<HTMLInputElement>('input[name="requested_actions"]');
  }

  private backend(): HTMLInputElement | null {
    return this.form.querySelector<HTMLInputElement>('input[name="backend"]:checked');
  }
}

export function startRunJobs(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-run-jobs]");
  if (form) new RunJobsForm(form);
}
