/** What the user has picked and is about to do; belongs to the page, not to the address. */
import { useMemo } from "react";
import { create } from "zustand";
import type { FileItem } from "@/api/wire";

export interface Clipboard {
  files: FileItem[];
  copy: boolean;
}

interface State {
  /** The folder the picks belong to. */
  uri: string;
  selected: ReadonlySet<string>;
  /** The rest of the folder is being read, and will be selected. */
  gathering: boolean;
  /** The rest is being read to go to its last entry, selecting or only marking what is there. */
  toEnd?: { shift: boolean; ctrl: boolean };
  /** Where a range starts. */
  anchor?: string;
  /** What the arrow keys move from. */
  focus?: string;
  clipboard?: Clipboard;
  /** Paths that are being dragged. */
  dragged: readonly FileItem[];
  details: boolean;
  filter: string;
}

export const useFiles = create<State>(() => ({
  uri: "",
  selected: new Set<string>(),
  gathering: false,
  dragged: [],
  details: false,
  filter: "",
}));

/** Which of these are chosen. */
export function useChosen(all: readonly FileItem[]): readonly FileItem[] {
  const selected = useFiles((state) => state.selected);
  return useMemo(() => (selected.size > 0 ? all.filter((file) => selected.has(file.path)) : []), [all, selected]);
}

/** The list as it stands on the screen, for those who page through it. */
export const shown: { files: readonly FileItem[] } = { files: [] };

export const files = {
  /** The arrow keys and their like: alone, up to here (shift), or the mark alone (ctrl). */
  go(all: readonly FileItem[], path: string, how: { shift?: boolean; ctrl?: boolean }) {
    if (how.ctrl) files.mark(path);
    else files.pick(all, path, { shift: how.shift });
  },
  enter(uri: string) {
    if (useFiles.getState().uri !== uri)
      useFiles.setState({ uri, selected: new Set(), gathering: false, toEnd: undefined, anchor: undefined, focus: undefined, filter: "" });
  },
  select(paths: Iterable<string>, anchor?: string) {
    const selected = new Set(paths);
    useFiles.setState((state) => ({ selected, anchor: anchor ?? state.anchor, focus: anchor ?? state.focus }));
  },
  clear() {
    useFiles.setState({ selected: new Set(), gathering: false, anchor: undefined });
  },
  /** Moves the mark alone; what is chosen stays. */
  mark(path: string) {
    useFiles.setState({ focus: path });
  },
  toggle(path: string) {
    useFiles.setState((state) => {
      const selected = new Set(state.selected);
      if (!selected.delete(path)) selected.add(path);
      return { selected, anchor: path, focus: path };
    });
  },
  /** A click or an arrow key: alone, adding (ctrl) or up to here (shift). */
  pick(all: readonly FileItem[], path: string, how: { shift?: boolean; ctrl?: boolean }) {
    const { anchor } = useFiles.getState();
    if (how.shift && anchor) {
      const from = all.findIndex((file) => file.path === anchor);
      const to = all.findIndex((file) => file.path === path);
      const range = all.slice(Math.max(0, Math.min(from, to)), Math.max(from, to) + 1).map((file) => file.path);
      useFiles.setState((state) => ({ selected: new Set(how.ctrl ? [...state.selected, ...range] : range), focus: path }));
    } else if (how.ctrl) files.toggle(path);
    else files.select([path], path);
  },
};
