import { Checkbox } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type EntryContext, gridProps } from "./entry";
import { Head, HEADS, usualWidth } from "./ListHead";
import { ListRow, rowStyle } from "./ListRow";
import { files as picks, useFiles } from "@/shared/files/store";
import { useCovered } from "@/ui/covered";
import type { ShownView } from "./view";
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
  const clipboard = useFiles((state) => state.clipboard);
  const cut = useMemo(() => (clipboard?.copy === false ? new Set(clipboard.files.map((file) => file.path)) : undefined), [clipboard]);
  const row = narrow ? TALL_ROW : ROW;
  const scrollPaddingEnd = useCovered((state) => state.height);
  const virtual = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => row, overscan: 12, scrollPaddingEnd });
  scrollTo.current = (index) => virtual.scrollToIndex(index, { align: "auto" });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const { all } = context;
  useEffect(() => {
    if (lastIndex >= all.length - 200) onNearEnd();
  }, [lastIndex, all.length, onNearEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again whenever the height of rows changes
  useEffect(() => {
    virtual.measure();
  }, [row, virtual]);

  const widthOf = (type: number) => view.columns.find((column) => column.type === type)?.width ?? usualWidth(type);
  const template = narrow ? "32px 1fr" : `36px minmax(180px, 1fr) ${columns.map((type) => `${widthOf(type)}px`).join(" ")}`;
  const resize = (type: number, width: number) => onWidths(columns.map((each) => ({ type: each, width: each === type ? width : widthOf(each) })));

  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role comes with gridProps
    <div
      {...gridProps(all, focus)}
      aria-rowcount={count + 1}
      aria-label={t("files.entries")}
      className={classes.table}
    >
      <div role="row" className={classes.head} style={{ gridTemplateColumns: template }} aria-rowindex={1}>
        <div role="columnheader" className={classes.check}>
          <Checkbox
            size="xs"
            aria-label={t("files.selectAll")}
            checked={all.length > 0 && selected.size >= count}
            indeterminate={selected.size > 0 && selected.size < count}
            onChange={(event) => (event.currentTarget.checked ? context.selectAll() : picks.clear())}
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
          if (!file) return <div key={index} role="row" className={classes.row} style={rowStyle(start, row, template)} aria-hidden data-skeleton />;
          return (
            <ListRow
              key={file.path}
              file={file}
              index={index}
              start={start}
              height={row}
              template={template}
              columns={columns}
              context={context}
              narrow={!!narrow}
              thumbnails={view.thumbnails}
              chosen={selected.has(file.path)}
              focused={focus === file.path}
              cut={!!cut?.has(file.path)}
            />
          );
        })}
      </div>
    </div>
  );
}
