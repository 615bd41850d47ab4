/** What the kinds of task say of themselves (V4 API, task summary). */
import type { Task } from "@/api/wire";

/** A download as whoever fetches it tells of it. */
export interface Download {
  name: string;
  state: "downloading" | "seeding" | "completed" | "error" | "unknown";
  total: number;
  downloaded: number;
  download_speed: number;
  uploaded: number;
  upload_speed: number;
  hash?: string;
  files?: DownloadFile[];
  error_message?: string;
}

export interface DownloadFile {
  index: number;
  name: string;
  size: number;
  /** From 0 to 1. */
  progress: number;
  selected: boolean;
}

export interface Props {
  src?: string;
  src_str?: string;
  src_multiple?: string[] | null;
  dst?: string;
  failed?: number;
  download?: Download | null;
  report?: { left_out?: { name: string; reason: string }[]; more?: number };
  /** Of imports. */
  problems?: { path: string; reason: string }[];
  /** Of moves to another storage. */
  failures?: { path: string; reason: string }[];
  /** What a move waits for while it is tried again every minute. */
  waiting?: "space" | "storage";
}

export const propsOf = (task: Task) => (task.summary?.props ?? {}) as Props;

/** Something that was not done, and why. */
export interface LeftOut {
  name: string;
  reason: string;
}

/** What a task left out, by name, and how much more there is. */
export function leftOutOf(task: Task): { listed: LeftOut[]; more: number } {
  const { report, problems, failures, failed = 0 } = propsOf(task);
  const listed = report?.left_out ?? (problems ?? failures ?? []).map(({ path, reason }) => ({ name: path, reason }));
  return { listed, more: report?.more ?? Math.max(0, failed - listed.length) };
}
