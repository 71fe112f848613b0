// What a choice of actions means, as the controller decides it: an action that is asked
// for runs; what it needs runs too unless it has succeeded or is on its way; what such
// an action needs is then left alone as well. Forced, everything needed runs again.

const NOT_RUN_AGAIN = new Set(["succeeded", "running", "pending"]);

/** The actions that will run because of `chosen` without having been chosen. */
export function actionsAlsoRun(
  chosen: string[],
  needs: ReadonlyMap<string, string[]>,
  states: ReadonlyMap<string, string>,
  forced: boolean,
): Set<string> {
  const asked = new Set(chosen);
  const also = new Set<string>();
  const queue = [...chosen];
  for (let action = queue.pop(); action !== undefined; action = queue.pop()) {
    for (const needed of needs.get(action) ?? []) {
      if (asked.has(needed) || also.has(needed)) continue;
      if (!forced && NOT_RUN_AGAIN.has(states.get(needed) ?? "none")) continue;
      also.add(needed);
      queue.push(needed);
    }
  }
  return also;
}

/** One line for the bar above the button: "2 actions on TPP, 1 more will run because it is needed". */
export function summary(chosen: number, also: number, backend: string | undefined): string {
  if (chosen === 0) return "Choose what to run";
  const actions = chosen === 1 ? "1 action" : `${chosen} actions`;
  const where = backend === undefined ? ", choose where" : ` on ${backend}`;
  if (also === 0) return `${actions}${where}`;
  return `${actions}${where}, ${also} more will run because ${also === 1 ? "it is" : "they are"} needed`;
}
