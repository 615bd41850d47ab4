/** The way of each kind of task, step by step. */
import type { Task } from "@/api/wire";

export interface StepState {
  /** Names its text. */
  name: string;
  state: "done" | "now" | "failed" | "stopped" | "ahead";
}

interface Way {
  name: string;
  phases: string[];
  /** Only where a task comes by it. */
  rare?: boolean;
}

const WAYS: Record<string, Way[]> = {
  create_archive: [
    { name: "pack", phases: ["", "not_started", "compress_files"] },
    { name: "save", phases: ["upload_archive"] },
  ],
  extract_archive: [
    { name: "fetch", phases: ["download_zip"], rare: true },
    { name: "unpack", phases: [""] },
  ],
  remote_download: [
    { name: "prepare", phases: [""] },
    { name: "download", phases: ["monitor"] },
    { name: "keep", phases: ["transfer"] },
    { name: "seed", phases: ["seeding"], rare: true },
  ],
  import: [{ name: "takeOver", phases: [""] }],
  relocate: [
    { name: "look", phases: [""] },
    { name: "move", phases: ["transfer"] },
    { name: "finish", phases: ["finish"] },
  ],
};

/** For kinds that this page does not know. */
const ANY_WAY: Way[] = [{ name: "work", phases: [""] }];

/** From waiting in the queue to the end. */
export function stepsOf(task: Task): StepState[] {
  const phase = task.summary?.phase ?? "";
  const way = (WAYS[task.type] ?? ANY_WAY).filter((step) => !step.rare || step.phases.includes(phase));
  const at = Math.max(0, way.findIndex((step) => step.phases.includes(phase)));
  const queued = task.status === "queued" && !phase;
  const done = task.status === "completed";
  const stateOf = (index: number): StepState["state"] => {
    if (done || (index < at && !queued)) return "done";
    if (index > at || queued) return "ahead";
    if (task.status === "canceled") return "stopped";
    return task.status === "error" ? "failed" : "now";
  };
  return [
    { name: "queue", state: queued ? "now" : "done" },
    ...way.map(({ name }, index) => ({ name, state: stateOf(index) })),
    { name: "done", state: done ? "done" : "ahead" },
  ];
}
