/** Selecting by drawing a box over the entries with the mouse. */
import { type PointerEvent, type RefObject, useRef, useState } from "react";
import type { FileItem } from "@/api/wire";
import { files as picks, useFiles } from "@/shared/files/store";

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const LEAST_MOVE_PX = 6;

export function useRubberBand(scroller: RefObject<HTMLDivElement | null>, all: readonly FileItem[]) {
  const [box, setBox] = useState<Box>();
  const start = useRef<{ x: number; y: number; before: ReadonlySet<string>; touched: Set<string> }>(undefined);

  const place = (event: PointerEvent) => {
    const holder = scroller.current;
    const rect = holder?.getBoundingClientRect() ?? new DOMRect();
    return { x: event.clientX - rect.left + (holder?.scrollLeft ?? 0), y: event.clientY - rect.top + (holder?.scrollTop ?? 0) };
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const onEntry = target.closest("[data-entry]");
    const onBar = target.closest("button, input, a") || event.clientX > event.currentTarget.getBoundingClientRect().left + event.currentTarget.clientWidth;
    if (event.button !== 0 || event.pointerType === "touch" || onEntry || onBar) return;
    const keep = event.ctrlKey || event.shiftKey || event.metaKey;
    if (!keep) picks.clear();
    start.current = { ...place(event), before: keep ? useFiles.getState().selected : new Set(), touched: new Set() };
  };

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const from = start.current;
    if (!from) return;
    const to = place(event);
    if (!box && Math.hypot(to.x - from.x, to.y - from.y) < LEAST_MOVE_PX) return;
    if (!box) event.currentTarget.setPointerCapture(event.pointerId);
    const next = { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
    setBox(next);
    const rect = event.currentTarget.getBoundingClientRect();
    if (event.clientY > rect.bottom - 30) event.currentTarget.scrollBy(0, 14);
    if (event.clientY < rect.top + 30) event.currentTarget.scrollBy(0, -14);
    for (const entry of event.currentTarget.querySelectorAll<HTMLElement>("[data-entry]")) {
      const shown = entry.getBoundingClientRect();
      const top = shown.top - rect.top + event.currentTarget.scrollTop;
      const left = shown.left - rect.left + event.currentTarget.scrollLeft;
      const meets = left < next.left + next.width && left + shown.width > next.left && top < next.top + next.height && top + shown.height > next.top;
      const path = entry.dataset.path ?? "";
      if (meets) from.touched.add(path);
      else from.touched.delete(path);
    }
    picks.select([...from.before, ...from.touched], all.find((file) => from.touched.has(file.path))?.path);
  };

  const end = () => {
    start.current = undefined;
    setBox(undefined);
  };

  return { box, handlers: { onPointerDown, onPointerMove, onPointerUp: end, onPointerCancel: end } };
}
