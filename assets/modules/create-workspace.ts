// Create workspace: choosing a repository refills the branches.
//   <form data-create-workspace data-repos='[{"name","url","branches":[…]}]'>
// with the selects "field-repo" (values are URLs) and "field-branch".
import { jsonFrom } from "./dom";

interface Repo {
  url: string;
  branches: string[];
}

const USUAL_BRANCHES = ["main", "master"];

function refill(select: HTMLSelectElement, branches: string[]): void {
  const only = branches.length === 1 ? branches : [];
  const wanted = [select.value, ...USUAL_BRANCHES, ...only].find((name) => branches.includes(name));
  select.replaceChildren(
    new Option(branches.length === 0 ? "Choose a repository first" : "Choose a branch", ""),
    ...branches.map((branch) => new Option(branch, branch, false, branch === wanted)),
  );
  select.dispatchEvent(new Event("options-replaced"));
}

export function startCreateWorkspace(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-create-workspace]");
  const repo = form?.querySelector<HTMLSelectElement>("#field-repo");
  const branch = form?.querySelector<HTMLSelectElement>("#field-branch");
  if (!form || !repo || !branch) return;

  const branchesOf = new Map(
    jsonFrom<Repo[]>(form.dataset["repos"], []).map(({ url, branches }) => [url, branches]),
  );
  const update = () => refill(branch, branchesOf.get(repo.value) ?? []);
  repo.addEventListener("change", update);
  update();
}
