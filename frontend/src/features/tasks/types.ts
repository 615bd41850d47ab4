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
  /** Connections to others who have some of it; only where they are counted, and looked for. */
  peers?: number;
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

/** Something that came under another name. */
export interface Renamed {
  name: string;
  to: string;
}

export interface Props {
  src?: string;
  src_str?: string;
  src_multiple?: string[] | null;
  dst?: string;
  /** That folder is one of the archive's own, and is not there. */
  new_folder?: boolean;
  /** What an extraction that failed was asked for. */
  encoding?: string;
  conflict?: "skip" | "rename" | "overwrite";
  file_mask?: string[];
  long_file_mask?: boolean;
  failed?: number;
  download?: Download | null;
  report?: { left_out?: { name: string; reason: string }[]; more?: number; exists?: number; renamed?: Renamed[]; more_renamed?: number };
  /** Of imports. */
  problems?: { path: string; reason: string }[];
  /** Of moves to another storage. */
  failures?: { path: string; reason: string }[];
  /** What a move waits for while it is tried again every minute. */
  waiting?: "space" | "storage" | "downloader";
}

export const propsOf = (task: Task) => (task.summary?.props ?? {}) as Props;

const EXISTS = "exists";

/** Something that was not done, and why. */
export interface LeftOut {
  name: string;
  reason: string;
}

/** What a task left out, by name, and how much more there is; and how much was `there` already, which was to stay. */
export function leftOutOf(task: Task): { listed: LeftOut[]; more: number; there: number; listedThere: LeftOut[] } {
  const { report, problems, failures, failed = 0 } = propsOf(task);
  const all = report?.left_out ?? (problems ?? failures ?? []).map(({ path, reason }) => ({ name: path, reason }));
  const there = report?.exists ?? 0;
  if (there === 0) return { listed: all, more: report?.more ?? Math.max(0, failed - all.length), there, listedThere: [] };
  const [listedThere, listed] = [all.filter(({ reason }) => reason === EXISTS), all.filter(({ reason }) => reason !== EXISTS)];
  return { listed, more: Math.max(0, failed - there - listed.length), there, listedThere };
}
