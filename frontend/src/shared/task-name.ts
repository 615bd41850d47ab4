/** What people call a task. */
import { nameOf, parseUri } from "@/api/uri";
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

/** A URI as the path that people know; whatever else is given, as it is. */
export function pathOf(text: string): string {
  try {
    return shownName(`/${parseUri(text).path.join("/")}`);
  } catch {
    return shownName(text);
  }
}

/** What it is made from and where it goes, as paths: the first of the sources, and how many there are. */
export function wayOfTask({ summary }: Pick<Task, "summary">): { from?: string; sources: number; to?: string } {
  const { src, src_str, src_multiple, dst } = (summary?.props ?? {}) as Sources;
  const sources = src_multiple ?? (src || src_str ? [src || src_str || ""] : []);
  return { from: sources[0] && pathOf(sources[0]), sources: sources.length, to: dst ? pathOf(dst) : undefined };
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
