/** How a task stands, as people see it: the server also says how it goes about it. */
import type { TaskPart } from "@/api/wire";

interface Stored {
  status: string;
  retries?: number;
  /** When it goes on: Unix time, seconds. */
  resumes?: number;
  summary?: { phase?: string; props?: unknown };
}

interface Props {
  failed?: number;
  download?: { total: number; downloaded: number } | null;
}

const propsOf = (task: Stored) => (task.summary?.props ?? {}) as Props;

/** What sleeps between two looks at its work goes on all the same; `triesAgain` and `partly` are words of our own. */
export function standingOf(task: Stored): string {
  const { status, retries = 0, resumes = 0 } = task;
  if (status === "suspending") return retries > 0 && resumes * 1000 > Date.now() ? "triesAgain" : "processing";
  return status === "completed" && (propsOf(task).failed ?? 0) > 0 ? "partly" : status;
}

/** Whether anything of it is done now, so that it is worth asking how far it is. */
export const isUnderWay = ({ status }: Stored) => status === "processing" || status === "suspending";

/** How far a download is, as whoever fetches it tells; nothing while that is not what the task does. */
export function fetchedOf(task: Stored): Record<string, TaskPart> | undefined {
  const { download } = propsOf(task);
  if (!download || task.summary?.phase !== "monitor") return undefined;
  return { download: { total: Math.max(0, download.total), current: download.downloaded, identifier: "" } };
}
