/** How a task stands, as people see it: the server also says how it goes about it. */
import type { TaskPart } from "@/api/wire";

interface Stored {
  status: string;
  /** Its last step failed, and is tried again. */
  retrying?: boolean;
  summary?: { phase?: string; props?: unknown };
}

interface Props {
  failed?: number;
  /** Of these so many were there already, and were to stay. */
  report?: { exists?: number };
  download?: { total: number; downloaded: number } | null;
  /** What it waits for: it does not go on meanwhile. */
  waiting?: string;
}

const propsOf = (task: Stored) => (task.summary?.props ?? {}) as Props;

/** What sleeps between two looks at its work goes on all the same; `triesAgain`, `waits` and `partly` are words of our own. */
export function standingOf(task: Stored): string {
  const { status, retrying } = task;
  const { failed = 0, report, waiting } = propsOf(task);
  if (status === "suspending") return retrying ? "triesAgain" : waiting ? "waits" : "processing";
  return status === "completed" && failed > (report?.exists ?? 0) ? "partly" : status;
}

/** Whether anything of it is done now, so that it is worth asking how far it is. */
export const isUnderWay = ({ status }: Stored) => status === "processing" || status === "suspending";

/** How far a download is, as whoever fetches it tells; nothing while that is not what the task does. */
export function fetchedOf(task: Stored): Record<string, TaskPart> | undefined {
  const { download } = propsOf(task);
  if (!download || task.summary?.phase !== "monitor") return undefined;
  return { download: { total: Math.max(0, download.total), current: download.downloaded, identifier: "" } };
}
