// Entry of all scripts. Every page works without them; each module adds one comfort.
// Modules listen on the document, so that they also serve parts swapped in later.
import htmx from "htmx.org";
import "htmx-ext-sse";

import "./styles/main.css";
import { startAlerts } from "./modules/alerts";
import { startConfirm } from "./modules/confirm";
import { startCopy } from "./modules/copy";
import { startCreateWorkspace } from "./modules/create-workspace";
import { startDataTables } from "./modules/data-table";
import { startDialogs } from "./modules/dialogs";
import { startRowFilters } from "./modules/filter-rows";
import { startKeys } from "./modules/keys";
import { startListTools } from "./modules/list-tools";
import { startLive } from "./modules/live";
import { startMenus } from "./modules/menus";
import { startNarrowing } from "./modules/narrow";
import { startPickers } from "./modules/picker";
import { startRunJobs } from "./modules/run-jobs";
import { startSelectFilters } from "./modules/select-filter";
import { startSubmit } from "./modules/submit";
import { startTheme } from "./modules/theme";
import { startTimes } from "./modules/times";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

window.htmx = htmx;
// Not "style", which the Content-Security-Policy of our pages refuses.
htmx.config.attributesToSettle = ["class"];

startTheme();
startMenus();
startDialogs();
startKeys();
startAlerts();
startCopy();
startConfirm(); // before startSubmit: a form that waits for an answer is not yet submitted
startSubmit();
startTimes();
startLive();
startSelectFilters();
startRowFilters();
startNarrowing();
startPickers();
startListTools();
startDataTables();
startRunJobs();
startCreateWorkspace();

// The viewer of released files is large, and on few pages.
const outputs = document.querySelector<HTMLElement>("[data-outputs]");
if (outputs) void import("./modules/outputs-viewer").then(({ startOutputs }) => startOutputs(outputs));
