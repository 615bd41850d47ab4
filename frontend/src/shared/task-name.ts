/** What people call a task. */
import { nameOf } from "@/api/uri";
import type { Task } from "@/api/wire";
import { shownName } from "@/ui/names";

/** The part of what a task says of itself that tells what it is about. */
interface Sources {
  src?: string;
  src_str?: string;
  src_multiple?: string[] | null;
  dst?: string;
  download?: { name: string } | null;
}

/** The last name of a URI; nothing for what is none, or for a root. */
function lastName(uri: string | undefined): string {
  try {
    return uri ? nameOf(uri) : "";
  } catch {
    return "";
  }
}

/** The name of what it makes, or of what it is made from; nothing if it says neither. */
export function nameOfTask({ summary }: Pick<Task, "summary">): string {
  const { src, src_str, src_multiple, dst, download } = (summary?.props ?? {}) as Sources;
  const first = src_multiple?.[0];
  const made = src_multiple !== undefined ? lastName(dst) : "";
  return shownName(download?.name || lastName(src) || made || lastName(first) || src_str || "");
}
