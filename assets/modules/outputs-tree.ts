// Names with slashes as folders within folders. Pure: no page, no events.
import type { OutputFile } from "./outputs-files";
import { baseName } from "./outputs-files";

export interface Folder {
  /** Its own name; of folders that hold nothing but one folder, all names: "a/b". */
  name: string;
  folders: Folder[];
  files: OutputFile[];
}

const ORDER = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** The folders of the files' short names; in each, folders come first, both in the order of their names. */
export function treeOf(files: readonly OutputFile[]): Folder {
  const root: Folder = { name: "", folders: [], files: [] };
  const known = new Map<string, Folder>([["", root]]);
  for (const file of files) {
    const path = file.shortName.slice(0, Math.max(0, file.shortName.lastIndexOf("/")));
    folderAt(path, known).files.push(file);
  }
  for (const folder of known.values()) inOrder(folder);
  root.folders = root.folders.map(joined);
  return root;
}

function folderAt(path: string, known: Map<string, Folder>): Folder {
  const existing = known.get(path);
  if (existing) return existing;
  const folder: Folder = { name: baseName(path), folders: [], files: [] };
  known.set(path, folder);
  const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  folderAt(parent, known).folders.push(folder);
  return folder;
}

function inOrder(folder: Folder): void {
  folder.folders.sort((one, other) => ORDER.compare(one.name, other.name));
  folder.files.sort((one, other) => byName(one, other));
}

function joined(folder: Folder): Folder {
  const only = folder.folders[0];
  if (folder.files.length === 0 && folder.folders.length === 1 && only) {
    return joined({ ...only, name: `${folder.name}/${only.name}` });
  }
  return { ...folder, folders: folder.folders.map(joined) };
}

/** The files in the order in which an unfolded tree shows them. */
export function filesInOrder(folder: Folder): OutputFile[] {
  return [...folder.folders.flatMap(filesInOrder), ...folder.files];
}

function byName(one: OutputFile, other: OutputFile): number {
  return ORDER.compare(one.shortName, other.shortName);
}

/** Newest first; of the same moment by name. */
export function byDate(one: OutputFile, other: OutputFile): number {
  return other.moment - one.moment || byName(one, other);
}
