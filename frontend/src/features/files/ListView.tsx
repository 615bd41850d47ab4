import { Badge, Checkbox, Group, Text, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconCloudUpload, IconUsers } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type PointerEvent, type RefObject, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf, parentUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { formatBytes, formatFullTime, formatTime } from "@/ui/format";
import { activeEntry, type EntryContext, entryProps } from "./entry";
import { Thumb } from "./Thumb";
import { files as picks, useFiles } from "./store";
import { Tags } from "./Tags";
import { Column, type ShownView } from "./view";
import classes from "./list.module.css";

interface Props {
  context: EntryContext;
  view: ShownView;
  columns: number[];
  count: number;
  scroller: RefObject<HTMLDivElement | null>;
  sortable: boolean;
  onSort: (by: string) => void;
  onWidths: (columns: { type: number; width?: number }[]) => void;
  onNearEnd: () => void;
  scrollTo: RefObject<(index: number) => void>;
}

const ROW = 44;
const TALL_ROW = 58;
const WIDTHS: Record<number, number> = {
  [Column.size]: 110,
  [Column.modified]: 170,
  [Column.created]: 170,
  [Column.tags]: 200,
  [Column.location]: 240,
  [Column.expires]: 170,
};
const HEADS: Record<number, { text: string; by?: string }> = {
  [Column.size]: { text: "files.size", by: "size" },
  [Column.modified]: { text: "files.modified", by: "updated_at" },
  [Column.created]: { text: "files.created", by: "created_at" },
  [Column.tags]: { text: "files.tags" },
  [Column.location]: { text: "files.location" },
  [Column.expires]: { text: "files.goesAt" },
};

export function ListView(props: Props) {
  const { context, view, columns, count, scroller, sortable, onSort, onWidths, onNearEnd, scrollTo } = props;
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)");
  const selected = useFiles((state) => state.selected);
  const focus = useFiles((state) => state.focus);
  const cut = useFiles((state) => (state.clipboard?.copy === false ? state.clipboard.files : undefined));
  const row = narrow ? TALL_ROW : ROW;
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => row, overscan: 12 });
  scrollTo.current = (index) => virtual.scrollToIndex(index, { align: "auto" });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const { all } = context;
  useEffect(() => {
    if (lastIndex >= all.length - 200) onNearEnd();
  }, [lastIndex, all.length, onNearEnd]);
  useEffect(() => virtual.measure(), [row, virtual]);

  const widthOf = (type: number) => view.columns.find((column) => column.type === type)?.width ?? WIDTHS[type] ?? 140;
  const template = narrow ? "32px 1fr" : `36px minmax(180px, 1fr) ${columns.map((type) => `${widthOf(type)}px`).join(" ")}`;
  const resize = (type: number, width: number) => onWidths(columns.map((each) => ({ type: each, width: each === type ? width : widthOf(each) })));

  return (
    <div
      role="grid"
      tabIndex={0}
      data-grid
      aria-activedescendant={activeEntry(all, focus)} aria-rowcount={count + 1} aria-multiselectable aria-label={t("files.entries")} className={classes.table}>
      <div role="row" className={classes.head} style={{ gridTemplateColumns: template }} aria-rowindex={1}>
        <div role="columnheader" className={classes.check}>
          <Checkbox
            size="xs"
            aria-label={t("files.selectAll")}
            checked={all.length > 0 && selected.size >= all.length}
            indeterminate={selected.size > 0 && selected.size < all.length}
            onChange={(event) => (event.currentTarget.checked ? picks.select(all.map((file) => file.path)) : picks.clear())}
          />
        </div>
        <Head label={t("files.name")} by="name" view={view} sortable={sortable} onSort={onSort} />
        {!narrow &&
          columns.map((type) => (
            <Head
              key={type}
              label={t(HEADS[type]?.text ?? "")}
              by={HEADS[type]?.by}
              view={view}
              sortable={sortable}
              onSort={onSort}
              width={widthOf(type)}
              onWidth={(width) => resize(type, width)}
            />
          ))}
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map(({ index, start }) => {
          const file = all[index];
          const style = { transform: `translateY(${start}px)`, height: row, gridTemplateColumns: template };
          if (!file) return <div key={index} role="row" className={classes.row} style={style} aria-hidden data-skeleton />;
          const chosen = selected.has(file.path);
          return (
            <div
              key={file.path}
              {...entryProps(file, context)}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={chosen}
              className={classes.row}
              data-entry
              data-focus={focus === file.path || undefined}
              data-cut={cut?.some((each) => each.path === file.path) || undefined}
              style={style}
            >
              <div role="gridcell" className={classes.check} onClick={(event) => event.stopPropagation()} onDoubleClick={(event) => event.stopPropagation()}>
                <Checkbox
                  size="xs"
                  tabIndex={-1}
                  aria-label={t("files.selectOne", { name: file.name })}
                  checked={chosen}
                  onChange={() => picks.toggle(file.path)}
                />
              </div>
              <div role="gridcell" className={classes.name}>
                <span className={classes.icon}>
                  <Thumb file={file} enabled={view.thumbnails} size={24} />
                </span>
                <span className={classes.text}>
                  <span className={classes.title} title={file.name}>
                    {file.name}
                  </span>
                  {narrow && (
                    <span className={classes.sub}>
                      {file.type === 0 && `${formatBytes(file.size)} · `}
                      {formatTime(file.updated_at)}
                    </span>
                  )}
                </span>
                <Marks file={file} />
                {!columns.includes(Column.tags) && <Tags file={file} most={narrow ? 1 : 3} />}
              </div>
              {!narrow && columns.map((type) => <Cell key={type} type={type} file={file} />)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

export function Marks({ file }: { file: FileItem }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} wrap="nowrap" c="dimmed">
      {file.shared && (
        <Tooltip label={t("files.isShared")}>
          <IconUsers size={16} aria-label={t("files.isShared")} role="img" />
        </Tooltip>
      )}
      {file.metadata?.["sys:upload_session_id"] && (
        <Badge size="sm" variant="light" leftSection={<IconCloudUpload size={12} />}>
          {t("files.uploading")}
        </Badge>
      )}
    </Group>
  );
}

function Cell({ type, file }: { type: number; file: FileItem }) {
  const { t } = useTranslation();
  let content: React.ReactNode;
  if (type === Column.size) content = file.type === 0 ? formatBytes(file.size) : "–";
  else if (type === Column.modified) content = <span title={formatFullTime(file.updated_at)}>{formatTime(file.updated_at)}</span>;
  else if (type === Column.created) content = <span title={formatFullTime(file.created_at)}>{formatTime(file.created_at)}</span>;
  else if (type === Column.tags) content = <Tags file={file} most={3} />;
  else if (type === Column.location) {
    const home = parentUri(file.metadata?.["sys:restore_uri"] || file.path);
    content = nameOf(home) || t("files.myFiles");
  } else if (type === Column.expires) {
    const at = Number(file.metadata?.["sys:expected_collect_time"]);
    content = at ? formatTime(new Date(at * 1000).toISOString()) : "–";
  }
  return (
    <div role="gridcell" className={classes.cell}>
      {content}
    </div>
  );
}

interface HeadProps {
  label: string;
  by?: string;
  view: ShownView;
  sortable: boolean;
  onSort: (by: string) => void;
  width?: number;
  onWidth?: (width: number) => void;
}

function Head({ label, by, view, sortable, onSort, width, onWidth }: HeadProps) {
  const { t } = useTranslation();
  const [dragging, setDragging] = useState(false);
  const active = by === view.order && sortable;
  const sort = active ? (view.direction === "asc" ? "ascending" : "descending") : undefined;
  const Arrow = view.direction === "asc" ? IconArrowUp : IconArrowDown;
  const begin = (event: PointerEvent<HTMLSpanElement>) => {
    if (!onWidth || width === undefined) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const from = event.clientX;
    setDragging(true);
    const handle = event.currentTarget;
    const widthAt = (x: number) => Math.min(600, Math.max(80, width - (x - from)));
    const head = handle.parentElement?.parentElement;
    const place = [...(head?.children ?? [])].indexOf(handle.parentElement as Element);
    const move = (moved: globalThis.PointerEvent) => {
      const table = head?.parentElement;
      for (const line of table?.querySelectorAll<HTMLElement>('[role="row"]') ?? []) {
        const tracks = line.style.gridTemplateColumns.match(/minmax\([^)]*\)|\S+/g) ?? [];
        tracks[place] = `${widthAt(moved.clientX)}px`;
        line.style.gridTemplateColumns = tracks.join(" ");
      }
    };
    const end = (ended: globalThis.PointerEvent) => {
      handle.removeEventListener("pointermove", move);
      setDragging(false);
      onWidth(widthAt(ended.clientX));
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", end, { once: true });
  };
  return (
    <div role="columnheader" aria-sort={sort} className={classes.headCell}>
      {onWidth && <span className={classes.grip} data-dragging={dragging || undefined} onPointerDown={begin} aria-hidden title={t("files.resize")} />}
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
