/** Torrents that nobody has, or nobody who was found. */
import type { Task } from "@/api/wire";
import { isUnderWay } from "@/shared/task-standing";
import { elapsedOf } from "./Elapsed";
import { propsOf } from "./types";

/** Finding the first takes a moment. */
const MOMENT_SECS = 30;

/** Whether it has waited for a while for the first who has any of it. @param now Unix milliseconds */
export function isLonely(task: Task, now: number): boolean {
  const { download, waiting } = propsOf(task);
  if (!download?.hash || waiting || !isUnderWay(task) || download.state !== "downloading") return false;
  return download.peers === 0 && download.downloaded <= 0 && download.download_speed <= 0 && elapsedOf(task, now) >= MOMENT_SECS;
}
