/** What people call a task, and where what it makes is. */
import type { Task } from "@/api/wire";
import { nameOf, parentUri, parseUri } from "@/api/uri";
import { shownName } from "@/ui/names";
import { propsOf } from "./types";

/** The last name of a URI; nothing for what is none, or for a root. */
function lastName(uri: string | undefined): string {
  try {
    return uri ? nameOf(uri) : "";
  } catch {
    return "";
  }
}

/** The name of what it makes, or of what it is made from; nothing if it says neither. */
export function nameOfTask(task: Task): string {
  const { src, src_str, src_multiple, dst, download } = propsOf(task);
  const first = src_multiple?.[0];
  const made = src_multiple !== undefined ? lastName(dst) : "";
  return shownName(download?.name || lastName(src) || made || lastName(first) || src_str || "");
}

/** The folder to look into, and what is marked there; nothing where there is none. */
export function placeOfTask(task: Task): { folder: string; file?: string } | undefined {
  const { dst, src_multiple } = propsOf(task);
  if (!dst) return undefined;
  try {
    // Whoever looks at it opens their own drive.
    const own = { ...parseUri(dst) };
    if (own.fs !== "my") return undefined;
    const uri = dst.replace(/^(cloudreve:\/\/)[^/]*@my/, "$1my");
    return src_multiple !== undefined ? { folder: parentUri(uri), file: uri } : { folder: uri };
  } catch {
    return undefined;
  }
}
