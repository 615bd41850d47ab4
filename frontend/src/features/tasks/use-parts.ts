import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import type { Task } from "@/api/wire";
import { fetchedOf, isUnderWay } from "@/shared/task-standing";
import { progressQuery } from "./data/progress";
import { type Parts, Pace } from "./pace";
import { propsOf } from "./types";

const NONE: Parts = {};

/** How far a task is and how fast, as long as somebody sees it. */
export function useParts(task: Task, seen: boolean) {
  const runs = isUnderWay(task);
  const { data = NONE, dataUpdatedAt } = useQuery(progressQuery(task.id, runs && seen));
  const pace = useRef(new Pace());
  if (dataUpdatedAt) pace.current.mark(data, dataUpdatedAt);
  const { download } = propsOf(task);
  if (!runs) return { parts: NONE, speedOf: () => 0 };
  // Whoever fetches it tells of that itself.
  const fetched = fetchedOf(task);
  if (fetched) return { parts: fetched, speedOf: () => download?.download_speed ?? 0 };
  return { parts: data, speedOf: (key: string) => pace.current.perSecond(key) };
}
