/** What is in an archive, as folders: the list of it names every entry by its whole path. */

export interface Entry {
  /** Its own name. */
  name: string;
  /** From the root of the archive, without slashes around it. */
  path: string;
  folder: boolean;
  /** Of a folder all that is below it, as far as it is known. */
  size: number;
  unknownSize?: boolean;
  time?: string;
  /** Why nothing is made of it: named by the texts “tasks.reasons”. */
  leftOut?: string;
  /** Of a folder why something that has its name as well, a link say, is left out. */
  besideLeftOut?: string;
  /** It takes a password, or something in it does that is not left out. */
  encrypted?: boolean;
  children: Map<string, Entry>;
}

/** How a path leads out of whatever folder an archive is unpacked into; nothing if it stays in there. Some programs write `\\` for `/`. */
export function leavesBy(path: string): "absolute" | "drive_letter" | "climbs" | undefined {
  if (/^[/\\]/.test(path)) return "absolute";
  if (/^[a-z]:/i.test(path)) return "drive_letter";
  return path.split(/[/\\]/).includes("..") ? "climbs" : undefined;
}

interface Listed {
  name: string;
  size: number;
  unknown_size?: boolean;
  is_directory: boolean;
  updated_at?: string | null;
  encrypted?: boolean;
  left_out?: string;
}

const entry = (name: string, path: string, folder: boolean): Entry => ({ name, path, folder, size: 0, children: new Map() });

/** @returns the root */
export function treeOf(files: readonly Listed[]): Entry {
  const root = entry("", "", true);
  for (const { name, size, unknown_size, is_directory, updated_at, encrypted, left_out } of files) {
    const leaves = leavesBy(name);
    const leftOut = left_out ?? leaves;
    if (leaves) {
      // It lies in no folder of these: it stands beside them, under its whole path.
      root.children.set(name, { ...entry(name, name, false), leftOut, size, unknownSize: unknown_size || is_directory, time: updated_at ?? undefined });
      continue;
    }
    const names = name.split("/").filter(Boolean);
    let at = root;
    names.forEach((part, depth) => {
      const last = depth === names.length - 1;
      const folder = !last || is_directory;
      let child = at.children.get(part);
      if (!child) {
        child = entry(part, names.slice(0, depth + 1).join("/"), folder);
        at.children.set(part, child);
      }
      // Some archives name a folder only by what is in it, or after that.
      if (folder && !child.folder) Object.assign(child, { folder, size: 0 });
      if (!leftOut) child.leftOut = undefined;
      else if (last && child.children.size === 0) child.leftOut = leftOut;
      if (last && leftOut && !is_directory) child.besideLeftOut = leftOut;
      if (!is_directory && !leftOut) at.size += size;
      if (encrypted && !leftOut) at.encrypted = true;
      if (last && encrypted) child.encrypted = true;
      if (last && !child.folder) child.size = size;
      if (last) child.unknownSize = unknown_size;
      if (last) child.time = updated_at ?? undefined;
      at = child;
    });
  }
  return root;
}

/** Folders first, then by name; at the end what is left out. */
export const inOrder = (folder: Entry): Entry[] => [...folder.children.values()].sort((a, b) => Number(!!a.leftOut) - Number(!!b.leftOut) || Number(b.folder) - Number(a.folder) || a.name.localeCompare(b.name, undefined, { numeric: true }));

/** The folder at this path, or the nearest one above it that is there. */
export function folderAt(root: Entry, path: string): Entry {
  let at = root;
  for (const name of path.split("/").filter(Boolean)) {
    const next = at.children.get(name);
    if (!next?.folder) break;
    at = next;
  }
  return at;
}

/** Whether any of what is chosen takes a password; where nothing is chosen all of it is meant. */
export function takesPassword(root: Entry, picked: ReadonlySet<string>): boolean {
  if (picked.size === 0) return !!root.encrypted;
  return [...picked].some((path) => {
    const names = path.split("/");
    return folderAt(root, names.slice(0, -1).join("/")).children.get(names.at(-1) ?? "")?.encrypted;
  });
}

const isBelow = (path: string, folder: string) => path.startsWith(`${folder}/`);

/** Whether an entry is chosen, alone or with a folder around it. */
export const isPicked = (picked: ReadonlySet<string>, path: string) => picked.has(path) || [...picked].some((each) => isBelow(path, each));

/** Chooses an entry, or takes that back. A folder stands for all that is in it; to leave out one of them the others are named. */
export function toggled(root: Entry, picked: ReadonlySet<string>, { path }: Entry): Set<string> {
  const next = new Set(picked);
  if (next.delete(path)) return next;
  const around = [...picked].find((each) => isBelow(path, each));
  if (around === undefined) {
    for (const each of picked) if (isBelow(each, path)) next.delete(each);
    return next.add(path);
  }
  next.delete(around);
  const names = path.split("/");
  for (let depth = around.split("/").length; depth < names.length; depth += 1) {
    const folder = folderAt(root, names.slice(0, depth).join("/"));
    const onTheWay = names.slice(0, depth + 1).join("/");
    for (const child of folder.children.values()) if (child.path !== onTheWay && !child.leftOut) next.add(child.path);
  }
  return next;
}
