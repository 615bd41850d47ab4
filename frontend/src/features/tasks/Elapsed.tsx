import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import type { Task } from "@/api/wire";
import { formatDuration } from "@/ui/format";
import { isActive } from "./data/tasks";

/** Seconds from when a task was begun, or begun anew, until it ended, or until now. */
export function elapsedOf(task: Task, now: number): number {
  const end = isActive(task) ? now : Date.parse(task.updated_at);
  return Math.max(0, (end - Date.parse(task.begun_at ?? task.created_at)) / 1000);
}

/** Goes on by the second while the task does. */
export function Elapsed({ task }: { task: Task }) {
  const [now, setNow] = useState(Date.now);
  useInterval(() => setNow(Date.now()), 1_000, { autoInvoke: isActive(task) });
  return <>{formatDuration(elapsedOf(task, now))}</>;
}
