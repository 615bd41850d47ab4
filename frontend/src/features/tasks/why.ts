/** What can be done about a task that failed. */
import type { Task } from "@/api/wire";
import { propsOf } from "./types";

export { whyOf } from "@/shared/task-why";

/** What is extracted once its password is known; nothing if that is not what it failed for. */
export function lockedArchive(task: Task): { src: string; dst: string } | undefined {
  const { src, dst } = propsOf(task);
  if (task.type !== "extract_archive" || task.status !== "error" || !src || !dst || !/password|40069/i.test(task.error ?? "")) return undefined;
  return { src, dst };
}
