import { Checkbox } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatTime } from "@/ui/format";
import { activeEntry, type EntryContext, entryProps, homeOf, tick } from "./entry";
import { Cell, Marks } from "./ListCell";
import { Head, HEADS, usualWidth } from "./ListHead";
import { files as picks, useFiles } from "./store";
import { Tags } from "./Tags";
import { Thumb } from "./Thumb";
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

  const widthOf = (type: number) => view.columns.find((column) => column.type === type)?.width ?? usualWidth(type);
  const template = narrow ? "32px 1fr" : `36px minmax(180px, 1fr) ${columns.map((type) => `${widthOf(type)}px`).join(" ")}`;
  const resize = (type: number, width: number) => onWidths(columns.map((each) => ({ type: each, width: each === type ? width : widthOf(each) })));

  return (
    <div
      role="grid"
      tabIndex={0}
      data-grid
      aria-activedescendant={activeEntry(all, focus)}
      aria-rowcount={count + 1}
      aria-multiselectable
      aria-label={t("files.entries")}
      className={classes.table}
    >
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
              <div role="gridcell" className={classes.check} {...tick(file)}>
                <Checkbox
                  size="xs"
                  tabIndex={-1}
                  aria-label={t("files.selectOne", { name: file.name })}
                  checked={chosen}
                  readOnly
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
                      {context.scattered && `${homeOf(file) || t("files.myFiles")} · `}
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
