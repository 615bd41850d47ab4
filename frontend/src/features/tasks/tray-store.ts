import { create } from "zustand";
import type { Task } from "@/api/wire";

interface State {
  /** What ended since the tray was looked at last, newest first. */
  ended: readonly Task[];
}

/** More than anybody reads; the page has them all. */
const MOST = 20;

export const useTray = create<State>(() => ({ ended: [] }));

export function keepEnded(task: Task) {
  useTray.setState(({ ended }) => ({ ended: [task, ...ended.filter(({ id }) => id !== task.id)].slice(0, MOST) }));
}

export const forgetEnded = (id?: string) => useTray.setState(({ ended }) => ({ ended: id ? ended.filter((task) => task.id !== id) : [] }));
