/** How fast the parts of a task go, told from one answer to the next. */
import type { TaskPart } from "@/api/wire";
import { countsBytes } from "@/shared/task-parts";

/** Long enough that writing once a second does not make it jump. */
const WINDOW_MS = 8_000;

/** What is told of less time jumps. */
const LEAST_MS = 2_000;

export type Parts = Record<string, TaskPart>;

interface Mark {
  at: number;
  current: number;
}

export class Pace {
  readonly #marks = new Map<string, Mark[]>();

  /** @param at milliseconds */
  mark(parts: Parts, at: number) {
    for (const [key, { current }] of Object.entries(parts)) {
      const marks = this.#marks.get(key) ?? [];
      const last = marks.at(-1);
      // Begun anew, it says nothing of before.
      const kept = last && current < last.current ? [] : marks.filter((mark) => at - mark.at <= WINDOW_MS);
      if (last?.at !== at) kept.push({ at, current });
      this.#marks.set(key, kept);
    }
    for (const key of this.#marks.keys()) if (!(key in parts)) this.#marks.delete(key);
  }

  /** Units a second; 0 while too little is known. */
  perSecond(key: string): number {
    const marks = this.#marks.get(key) ?? [];
    const [first] = marks;
    const last = marks.at(-1);
    if (!first || !last || last.at - first.at < LEAST_MS) return 0;
    return ((last.current - first.current) / (last.at - first.at)) * 1000;
  }
}

/** The part that says most of how far it is: bytes of which the end is known, then files, then whatever there is. */
export function mainPart(parts: Parts): string | undefined {
  const names = Object.keys(parts).filter((key) => !key.startsWith("upload_single_"));
  const known = names.filter((key) => (parts[key]?.total ?? 0) > 0);
  return known.find(countsBytes) ?? known[0] ?? names.find(countsBytes) ?? names[0];
}
