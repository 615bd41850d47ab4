/** The heads of the columns: sorted by a click, resized by dragging or with the arrow keys. */
import { Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Column, type ShownView } from "./view";
import classes from "./list.module.css";

const NARROWEST = 80;
const WIDEST = 600;
const KEY_STEP = 10;
const USUAL: Record<number, number> = {
  [Column.size]: 110,
  [Column.modified]: 170,
  [Column.created]: 170,
  [Column.tags]: 200,
  [Column.location]: 240,
  [Column.expires]: 170,
};

export const usualWidth = (type: number): number => USUAL[type] ?? 140;

export const HEADS: Record<number, { text: string; by?: string }> = {
  [Column.size]: { text: "files.size", by: "size" },
  [Column.modified]: { text: "files.modified", by: "updated_at" },
  [Column.created]: { text: "files.created", by: "created_at" },
  [Column.tags]: { text: "files.tags" },
  [Column.location]: { text: "files.location" },
  [Column.expires]: { text: "files.goesAt" },
};

interface HeadProps {
  label: string;
  by?: string;
  view: ShownView;
  sortable: boolean;
  onSort: (by: string) => void;
  width?: number;
  onWidth?: (width: number) => void;
}

export function Head({ label, by, view, sortable, onSort, width, onWidth }: HeadProps) {
  const active = by === view.order && sortable;
  const sort = active ? (view.direction === "asc" ? "ascending" : "descending") : undefined;
  const Arrow = view.direction === "asc" ? IconArrowUp : IconArrowDown;
  return (
    <div role="columnheader" aria-sort={sort} className={classes.headCell}>
      {onWidth && width !== undefined && <Grip label={label} width={width} onWidth={onWidth} />}
      {by && sortable ? (
        <button type="button" className={classes.sort} onClick={() => onSort(by)}>
          {label}
          {active && <Arrow size={14} aria-hidden />}
        </button>
      ) : (
        <Text span size="sm" c="dimmed">
          {label}
        </Text>
      )}
    </div>
  );
}

function Grip({ label, width, onWidth }: { label: string; width: number; onWidth: (width: number) => void }) {
  const { t } = useTranslation();
  const [dragging, setDragging] = useState(false);
  const typed = useRef<number>(undefined);
  const within = (wanted: number) => Math.min(WIDEST, Math.max(NARROWEST, wanted));

  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    event.preventDefault();
    // Not the beginning of a box around entries.
    event.stopPropagation();
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const from = event.clientX;
    typed.current = undefined;
    setDragging(true);
    const move = (moved: globalThis.PointerEvent) => preview(handle, within(width - (moved.clientX - from)));
    const end = (ended: globalThis.PointerEvent) => {
      handle.removeEventListener("pointermove", move);
      setDragging(false);
      onWidth(within(width - (ended.clientX - from)));
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end, { once: true });
  };
  const press = (event: KeyboardEvent<HTMLSpanElement>) => {
    const step = event.key === "ArrowLeft" ? KEY_STEP : event.key === "ArrowRight" ? -KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    typed.current = within((typed.current ?? width) + step);
    preview(event.currentTarget, typed.current);
  };
  const settle = () => {
    if (typed.current !== undefined) onWidth(typed.current);
  };
  const leave = () => {
    settle();
    typed.current = undefined;
  };
  return (
    <span
      role="separator"
      aria-orientation="vertical"
      aria-label={t("files.resizeColumn", { name: label })}
      aria-valuenow={width}
      aria-valuemin={NARROWEST}
      aria-valuemax={WIDEST}
      tabIndex={0}
      className={classes.grip}
      data-dragging={dragging || undefined}
      title={t("files.resize")}
      onPointerDown={begin}
      onKeyDown={press}
      onKeyUp={settle}
      onBlur={leave}
    />
  );
}

/** Rows follow at once; React hears of the width when it is settled. */
function preview(handle: HTMLElement, width: number) {
  const cell = handle.parentElement;
  const head = cell?.parentElement;
  const place = [...(head?.children ?? [])].indexOf(cell as Element);
  for (const line of head?.parentElement?.querySelectorAll<HTMLElement>('[role="row"]') ?? []) {
    const tracks = line.style.gridTemplateColumns.match(/minmax\([^)]*\)|\S+/g) ?? [];
    tracks[place] = `${width}px`;
    line.style.gridTemplateColumns = tracks.join(" ");
  }
}
