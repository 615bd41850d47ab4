/** What can be done about a task that failed. */
import { parentUri } from "@/api/uri";
import type { Task } from "@/api/wire";
import { propsOf } from "./types";

export { whyOf } from "@/shared/task-why";

/** An archive that lacks its password. */
export interface Locked {
  src: string;
  folder: string;
  /** Into a folder of its own there. */
  own: boolean;
  /** Only these paths; without them all of it. */
  mask?: string[];
  encoding?: string;
  conflict?: "skip" | "rename" | "overwrite";
}

/** What is extracted once its password is known; nothing if that is not what it failed for. */
export function lockedArchive(task: Task): Locked | undefined {
  const { src, dst, new_folder: own = false, file_mask: mask, long_file_mask, encoding, conflict } = propsOf(task);
  if (task.type !== "extract_archive" || task.status !== "error" || !src || !dst || !/^(incorrect password|the passwords cannot be opened)/.test(task.error ?? "") || long_file_mask) return undefined;
  return { src, folder: own ? parentUri(dst) : dst, own, mask: mask?.length ? mask : undefined, encoding, conflict };
}
