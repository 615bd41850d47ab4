import { Checkbox } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { isFolder } from "@/api/wire";
import { useCovered } from "@/ui/covered";
import { formatBytes, formatTime } from "@/ui/format";
import { type EntryContext, entryProps, gridProps, homeOf, tick } from "./entry";
import { FileName } from "./FileName";
import { Marks } from "./ListCell";
import { useFiles } from "@/shared/files/store";
import { Tags } from "./Tags";
import { Thumb } from "@/shared/files/Thumb";
import type { ShownView } from "./view";
import classes from "./grid.module.css";

interface Props {
  context: EntryContext;
  view: ShownView;
  count: number;
  scroller: RefObject<HTMLDivElement | null>;
  onNearEnd: () => void;
  scrollTo: RefObject<(index: number) => void>;
  columnCount: RefObject<number>;
}

const GAP = 12;
const CARD_WIDTH = 184;
const CARD_TEXT = 62;

/** Cards with names, or (gallery) pictures side by side. */
export function GridView({ context, view, count, scroller, onNearEnd, scrollTo, columnCount }: Props) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const selected = useFiles((state) => state.selected);
  const focus = useFiles((state) => state.focus);
  const cut = useFiles((state) => (state.clipboard?.copy === false ? state.clipboard.files : undefined));
  const gallery = view.layout === "gallery";
  const wanted = gallery ? view.tile : width < 480 ? 150 : CARD_WIDTH;
  const columns = Math.max(2, Math.floor((width + GAP) / (wanted + GAP)));
  columnCount.current = columns;
  const tile = Math.max(80, (width - GAP * (columns - 1)) / columns);
  const height = gallery ? Math.round(tile * 0.78) : Math.round(tile * 0.66) + CARD_TEXT;
  const virtual = useVirtualizer({
    count: Math.ceil(count / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => height + GAP,
    overscan: 4,
    scrollPaddingEnd: useCovered((state) => state.height),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured again whenever the height changes
  useEffect(() => {
    virtual.measure();
  }, [height, virtual]);
  scrollTo.current = (index) => virtual.scrollToIndex(Math.floor(index / columns), { align: "auto" });
  const rows = virtual.getVirtualItems();
  const lastRow = rows.at(-1)?.index ?? 0;
  const { all } = context;
  useEffect(() => {
    if (lastRow * columns >= all.length - 200) onNearEnd();
  }, [lastRow, columns, all.length, onNearEnd]);

  return (
    <div ref={ref} className={classes.holder}>
      {/* biome-ignore lint/a11y/useAriaPropsSupportedByRole: its role comes with gridProps */}
      <div
        {...gridProps(all, focus)}
        aria-label={t("files.entries")}
        aria-rowcount={Math.ceil(count / columns)}
        style={{ height: virtual.getTotalSize(), position: "relative" }}
      >
        {width > 0 &&
          rows.map(({ index: row, start }) => (
            <div key={row} role="row" aria-rowindex={row + 1} className={classes.row} style={{ transform: `translateY(${start}px)`, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, height }}>
              {all.slice(row * columns, (row + 1) * columns).map((file) => {
                const chosen = selected.has(file.path);
                return (
                  <div
                    key={file.path}
                    {...entryProps(file, context)}
                    role="gridcell"
                    aria-selected={chosen}
                    className={classes.card}
                    data-entry
                    data-gallery={gallery || undefined}
                    data-focus={focus === file.path || undefined}
                    data-cut={cut?.some((each) => each.path === file.path) || undefined}
                  >
                    <div className={classes.check} data-on={chosen || undefined} {...tick(file)}>
                      <Checkbox size="xs" tabIndex={-1} aria-label={t("files.selectOne", { name: file.name })} checked={chosen} readOnly />
                    </div>
                    <div className={classes.picture}>
                      <Thumb file={file} enabled={view.thumbnails} size={gallery ? 56 : 52} />
                    </div>
                    <div className={classes.caption}>
                      <FileName name={file.name} folder={isFolder(file)} className={classes.title} />
                      {!gallery && (
                        <span className={classes.sub}>
                          <span>{context.scattered ? homeOf(file) || t("files.myFiles") : file.type === 0 ? formatBytes(file.size) : formatTime(file.updated_at)}</span>
                          <Marks file={file} />
                          <Tags file={file} how="line" />
                        </span>
                      )}
                    </div>
                  </div>
                );
              })}
            </div>
          ))}
      </div>
    </div>
  );
}
