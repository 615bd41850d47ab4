/** What people call a task, and where what it makes is. */
import { parentUri, parseUri } from "@/api/uri";
import type { Task } from "@/api/wire";
import { propsOf } from "./types";

export { nameOfTask } from "@/shared/task-name";

/** The folder to look into, and what is marked there; nothing where there is none. */
export function placeOfTask(task: Task): { folder: string; file?: string } | undefined {
  const { dst, src_multiple, new_folder } = propsOf(task);
  if (!dst) return undefined;
  try {
    // Whoever looks at it opens their own drive.
    const own = { ...parseUri(dst) };
    if (own.fs !== "my") return undefined;
    const uri = dst.replace(/^(cloudreve:\/\/)[^/]*@my/, "$1my");
    if (new_folder) return { folder: parentUri(uri) };
    return src_multiple !== undefined ? { folder: parentUri(uri), file: uri } : { folder: uri };
  } catch {
    return undefined;
  }
}
