// A box that narrows the rows of a table: <input data-filter-rows="ID of the table">.
import { all, announce, on } from "./dom";

export function startRowFilters(): void {
  on("input", "input[data-filter-rows]", (box) => {
    const table = document.getElementById(box.dataset["filterRows"] ?? "");
    if (!(box instanceof HTMLInputElement) || !table) return;
    const wanted = box.value.trim().toLowerCase();
    const rows = all<HTMLTableRowElement>("tbody tr", table);
    for (const row of rows) row.hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
    announce(`${rows.filter((row) => !row.hidden).length} of ${rows.length} rows shown`);
  });
}
