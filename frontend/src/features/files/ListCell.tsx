/** What stands in the columns of a row. */
import { Badge, Group, Tooltip } from "@mantine/core";
import { IconCloudUpload, IconUsers } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { formatBytes, formatFullTime, formatTime } from "@/ui/format";
import { homeOf } from "./entry";
import { Tags } from "./Tags";
import { Column } from "./view";
import classes from "./list.module.css";

export function Marks({ file }: { file: FileItem }) {
  const { t } = useTranslation();
  const uploading = file.metadata?.["sys:upload_session_id"];
  if (!file.shared && !uploading) return null;
  return (
    <Group gap={6} wrap="nowrap" c="dimmed" flex="none">
      {file.shared && (
        <Tooltip label={t("files.isShared")}>
          <IconUsers size={16} aria-label={t("files.isShared")} role="img" />
        </Tooltip>
      )}
      {uploading && (
        <Badge size="sm" variant="light" tt="none" leftSection={<IconCloudUpload size={12} />}>
          {t("files.uploading")}
        </Badge>
      )}
    </Group>
  );
}

/** When something in the trash is deleted for good. */
export function endOf(file: FileItem): string | undefined {
  const secs = Number(file.metadata?.["sys:expected_collect_time"]);
  return secs ? formatTime(new Date(secs * 1000).toISOString()) : undefined;
}

export function Cell({ type, file }: { type: number; file: FileItem }) {
  const { t } = useTranslation();
  let content: React.ReactNode;
  if (type === Column.size) content = file.type === 0 ? formatBytes(file.size) : "–";
  else if (type === Column.modified) content = <span title={formatFullTime(file.updated_at)}>{formatTime(file.updated_at)}</span>;
  else if (type === Column.created) content = <span title={formatFullTime(file.created_at)}>{formatTime(file.created_at)}</span>;
  else if (type === Column.tags) content = <Tags file={file} how="line" />;
  else if (type === Column.location) content = homeOf(file) || t("files.myFiles");
  else if (type === Column.expires) content = endOf(file) ?? "–";
  return (
    <div role="gridcell" className={classes.cell}>
      {content}
    </div>
  );
}
