/** The keyboard of the file list. */
import { type RefObject, useEffect, useRef } from "react";
import { router } from "@/shared/router";
import { parentUri, parseUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { anyDialogOpen } from "@/ui/dialogs";
import { cut, paste, remove, rename, undoLast } from "./actions";
import { cancelUploads } from "@/shared/files/uploads";
import { isPlaceholder } from "@/shared/files/kinds";
import { files as picks, useFiles } from "@/shared/files/store";

interface Keys {
  uri: string;
  files: readonly FileItem[];
  open: (file: FileItem) => void;
  canUpload: boolean;
  selectAll: () => void;
  columns: () => number;
  scrollTo: RefObject<(index: number) => void>;
}

export function useFileKeys(given: Keys) {
  const latest = useRef(given);
  latest.current = given;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=menu], [data-viewer]");
      // The tree has keys of its own; what is cut there, or chosen as the place to paste, means the list.
      const tree = target.closest("[role=tree]") && !event.ctrlKey && !event.metaKey;
      const elsewhere = target.closest("button, a, [role=button]") && ["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key);
      // A menu that is open takes the keys, even before it has the focus.
      if (typing || tree || elsewhere || anyDialogOpen() || document.querySelector("[data-viewer], [role=menu]")) return;
      if (handle(event, latest.current)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function chosen(files: readonly FileItem[]): FileItem[] {
  const { selected } = useFiles.getState();
  return files.filter((file) => selected.has(file.path));
}

/** Returns whether the key meant something. */
function handle(event: KeyboardEvent, keys: Keys): boolean {
  const { files, uri, open } = keys;
  const ctrl = event.ctrlKey || event.metaKey;
  const { fs } = parseUri(uri);
  const mine = fs === "my";
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Whoever goes elsewhere does not want to be taken to the end any more.
  if (key !== "Shift" && key !== "Control") useFiles.setState({ toEnd: undefined });
  if (ctrl && key === "a") return keys.selectAll(), true;
  if (ctrl && (key === "c" || key === "x") && mine) {
    // Text that is marked on the page is what the user means to copy.
    if (window.getSelection()?.toString()) return false;
    const items = chosen(files);
    if (items.length > 0) cut(items, key === "c");
    return items.length > 0;
  }
  // Pasting files from the computer arrives as an event of its own.
  if (ctrl && key === "v") return void (keys.canUpload && useFiles.getState().clipboard && paste(uri)), false;
  if (ctrl && key === "z") return undoLast();
  // The mark alone moves; the space bar then chooses what is far apart.
  if (ctrl && key in STEPS) return move(event, key, keys);
  if (ctrl || event.altKey) {
    if (event.altKey && key === "ArrowUp" && parseUri(uri).path.length > 0)
      return void router.navigate({ to: "/home", search: { path: parentUri(uri) } }), true;
    return false;
  }
  const items = chosen(files);
  switch (key) {
    case "Escape":
      return picks.clear(), true;
    case "Enter": {
      const first = items[0];
      if (first) open(first);
      return !!first;
    }
    case "F2": {
      const first = items[0];
      if (first && items.length === 1 && mine) void rename(first);
      return true;
    }
    case "Delete": {
      const there = items.filter((item) => !isPlaceholder(item));
      if (fs === "trash" || (fs === "my" && there.length > 0)) void remove(fs === "trash" ? items : there, event.shiftKey);
      else if (fs === "my" && items.length > 0) void cancelUploads(items);
      return true;
    }
    case "Backspace":
      if (parseUri(uri).path.length === 0) return false;
      void router.navigate({ to: "/home", search: { path: parentUri(uri) } });
      return true;
    case "i":
      useFiles.setState((state) => ({ details: !state.details }));
      return true;
    case " ": {
      const focus = useFiles.getState().focus;
      if (focus) picks.toggle(focus);
      return !!focus;
    }
    default:
      return key in STEPS && move(event, key, keys);
  }
}

const PAGE_ROWS = 10;

/** How far the keys that move go, in a list so long and so many entries wide. */
const STEPS: Record<string, (across: number, length: number) => number> = {
  ArrowDown: (across) => across,
  ArrowUp: (across) => -across,
  ArrowRight: (across) => (across > 1 ? 1 : 0),
  ArrowLeft: (across) => (across > 1 ? -1 : 0),
  PageDown: (across) => across * PAGE_ROWS,
  PageUp: (across) => -across * PAGE_ROWS,
  Home: (_, length) => -length,
  End: (_, length) => length,
};

function move(event: KeyboardEvent, key: string, { files, columns, scrollTo }: Keys): boolean {
  if (files.length === 0) return false;
  const { focus } = useFiles.getState();
  const at = files.findIndex((file) => file.path === focus);
  const step = STEPS[key]?.(columns(), files.length) ?? 0;
  if (step === 0) return false;
  const to = at < 0 ? (key === "End" ? files.length - 1 : 0) : Math.min(files.length - 1, Math.max(0, at + step));
  const file = files[to];
  if (!file) return false;
  const how = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey };
  picks.go(files, file.path, how);
  if (key === "End") useFiles.setState({ toEnd: how });
  scrollTo.current(to);
  document.querySelector<HTMLElement>("[data-grid]")?.focus({ preventScroll: true });
  return true;
}
