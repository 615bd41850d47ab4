/** What every entry does, whatever it looks like. */
import type { DragEvent, FocusEvent, MouseEvent, PointerEvent } from "react";
import type { FileItem } from "@/api/wire";
import { isFolder } from "@/api/wire";
import { nameOf, parentUri } from "@/api/uri";
import { shownName } from "@/ui/names";
import { ignoreSecondClick } from "@/ui/second-click";
import { endDrag, startDrag, type useDrop } from "./drag";
import { isPlaceholder } from "@/shared/files/kinds";
import { files as picks, useFiles } from "@/shared/files/store";

export interface EntryContext {
  all: readonly FileItem[];
  openItem: (file: FileItem) => void;
  /** The whole folder, however much of it has been read. */
  selectAll: () => void;
  menuAt: (x: number, y: number, file?: FileItem) => void;
  drop: ReturnType<typeof useDrop>;
  /** Folders can be dropped into here. */
  movable: boolean;
  thumbnails: boolean;
  /** Things of many folders are shown together, so each says where it lies. */
  scattered: boolean;
}

/** The name of the folder it lies in, as it is shown; "" for the root. */
export const homeOf = (file: FileItem) => shownName(nameOf(parentUri(file.metadata?.["sys:restore_uri"] || file.path)));

const LONG_PRESS_MS = 480;
let press: ReturnType<typeof setTimeout> | undefined;
let pressed = false;
/** What was used last. */
let byFinger = false;

/** The id of an entry's element, for `aria-activedescendant`. */
export const entryId = (file: FileItem) => `entry-${file.id}`;

function activeEntry(all: readonly FileItem[], focus: string | undefined): string | undefined {
  const file = focus === undefined ? undefined : all.find((each) => each.path === focus);
  return file && document.getElementById(entryId(file)) ? entryId(file) : undefined;
}

/** The list as a whole: whoever comes in by keys finds an entry marked. */
export function gridProps(all: readonly FileItem[], focus: string | undefined) {
  return {
    role: "grid" as const,
    tabIndex: 0,
    "data-grid": true,
    "aria-activedescendant": activeEntry(all, focus),
    "aria-multiselectable": true,
    onFocus: (event: FocusEvent<HTMLElement>) => {
      const [first] = all;
      const itself = event.target === event.currentTarget && event.target.matches(":focus-visible");
      if (itself && first && !all.some((file) => file.path === focus)) picks.mark(first.path);
    },
  };
}

export function entryProps(file: FileItem, context: EntryContext) {
  const { all, openItem, menuAt, drop, movable } = context;
  const target = movable && isFolder(file) ? drop(file.path, () => openItem(file)) : undefined;
  return {
    id: entryId(file),
    "data-path": file.path,
    "data-over": target?.over || undefined,
    "data-pending": isPlaceholder(file) || undefined,
    draggable: movable,
    onClick: (event: MouseEvent) => {
      if (pressed) {
        pressed = false;
        return;
      }
      const touch = (event.nativeEvent as globalThis.PointerEvent).pointerType === "touch";
      const { selected } = useFiles.getState();
      if (touch) {
        if (selected.size > 0) picks.toggle(file.path);
        else {
          ignoreSecondClick(event, "touch");
          openItem(file);
        }
      } else picks.pick(all, file.path, { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey });
    },
    onDoubleClick: (event: MouseEvent) => {
      // One tap opens; two of them may be the end of a long press and another tap.
      if (!byFinger && !event.ctrlKey && !event.shiftKey && !event.metaKey) openItem(file);
    },
    onContextMenu: (event: MouseEvent) => {
      event.preventDefault();
      event.stopPropagation();
      if (!useFiles.getState().selected.has(file.path)) picks.select([file.path], file.path);
      if (!pressed) menuAt(event.clientX, event.clientY, file);
    },
    onPointerDown: (event: PointerEvent) => {
      pressed = false;
      byFinger = event.pointerType === "touch";
      if (!byFinger) return;
      press = setTimeout(() => {
        pressed = true;
        navigator.vibrate?.(12);
        picks.toggle(file.path);
      }, LONG_PRESS_MS);
    },
    onPointerMove: (event: PointerEvent) => {
      if (event.pointerType === "touch" && Math.abs(event.movementX) + Math.abs(event.movementY) > 4) clearTimeout(press);
    },
    onPointerUp: () => clearTimeout(press),
    onPointerCancel: () => clearTimeout(press),
    onDragStart: (event: DragEvent) => {
      clearTimeout(press);
      startDrag(event, file, all);
    },
    onDragEnd: endDrag,
    onDragOver: target?.onDragOver,
    onDragLeave: target?.onDragLeave,
    onDrop: target?.onDrop,
  };
}

/** The key for menus sends the same event as a right click, but no button was pressed. */
export function byKeyboard(event: MouseEvent): boolean {
  const { pointerType } = event.nativeEvent as globalThis.PointerEvent;
  return event.button !== 2 && pointerType !== "touch" && !!(event.target as HTMLElement).closest("[data-grid]");
}

/** Where the menu of the entry the keys act on opens. */
export function placeOfFocus(all: readonly FileItem[]): { x: number; y: number; file: FileItem } | undefined {
  const { focus, selected } = useFiles.getState();
  const file = all.find((each) => each.path === focus) ?? all.find((each) => selected.has(each.path));
  const shown = file && document.getElementById(entryId(file))?.getBoundingClientRect();
  if (!file || !shown) return undefined;
  if (!selected.has(file.path)) picks.select([file.path], file.path);
  return { x: shown.left + Math.min(60, shown.width / 2), y: shown.top + Math.min(30, shown.height / 2), file };
}

/** The place around a check box belongs to it: fingers need the room. */
export function tick(file: FileItem) {
  const stop = (event: { stopPropagation: () => void }) => event.stopPropagation();
  return {
    onPointerDown: stop,
    onDoubleClick: stop,
    onClick: (event: MouseEvent) => {
      stop(event);
      picks.toggle(file.path);
    },
  };
}
