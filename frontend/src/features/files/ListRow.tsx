/** One line of the list. Remembered, so that scrolling draws only what is new. */
import { Checkbox } from "@mantine/core";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { type FileItem, isFolder } from "@/api/wire";
import { formatBytes, formatTime } from "@/ui/format";
import { type EntryContext, entryProps, homeOf, tick } from "./entry";
import { FileName } from "./FileName";
import { Cell, endOf, Marks } from "./ListCell";
import { Tags } from "./Tags";
import { Thumb } from "@/shared/files/Thumb";
import { Column } from "./view";
import classes from "./list.module.css";

interface Props {
  file: FileItem;
  index: number;
  start: number;
  height: number;
  template: string;
  columns: number[];
  context: EntryContext;
  narrow: boolean;
  thumbnails: boolean;
  chosen: boolean;
  focused: boolean;
  cut: boolean;
}

export const rowStyle = (start: number, height: number, template: string) => ({ transform: `translateY(${start}px)`, height, gridTemplateColumns: template });

export const ListRow = memo(function ListRow({ file, index, start, height, template, columns, context, narrow, thumbnails, chosen, focused, cut }: Props) {
  const { t } = useTranslation();
  const end = endOf(file);
  return (
    <div
      {...entryProps(file, context)}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      className={classes.row}
      data-entry
      data-focus={focused || undefined}
      data-cut={cut || undefined}
      style={rowStyle(start, height, template)}
    >
      <div role="gridcell" className={classes.check} {...tick(file)}>
        <Checkbox size="xs" tabIndex={-1} aria-label={t("files.selectOne", { name: file.name })} checked={chosen} readOnly />
      </div>
      <div role="gridcell" className={classes.name}>
        <span className={classes.icon}>
          <Thumb file={file} enabled={thumbnails} size={24} />
        </span>
        <span className={classes.text}>
          <FileName name={file.name} folder={isFolder(file)} className={classes.title} />
          {narrow && (
            <span className={classes.sub}>
              {context.scattered && `${homeOf(file) || t("files.myFiles")} · `}
              {file.type === 0 && `${formatBytes(file.size)} · `}
              {end ? t("files.keptUntil", { time: end }) : formatTime(file.updated_at)}
            </span>
          )}
        </span>
        <Marks file={file} />
        {!columns.includes(Column.tags) && <Tags file={file} how={narrow ? "one" : "line"} />}
      </div>
      {!narrow && columns.map((type) => <Cell key={type} type={type} file={file} />)}
    </div>
  );
});
