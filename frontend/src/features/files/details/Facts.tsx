/** All that is known of one file or folder. */
import { Button, Center, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit } from "@/api/bits";
import { nameOf, parentUri, parseUri, trail } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { extensionOf, formatBytes, formatFullTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { infoQuery, summaryQuery } from "@/shared/data/info";
import { kindOf } from "@/shared/files/kinds";
import { Tags } from "../Tags";
import { Thumb } from "@/shared/files/Thumb";
import { FolderStorage } from "./FolderStorage";
import { Links } from "./Links";
import { Media } from "./Media";
import { Versions } from "./Versions";
import classes from "@/shared/facts.module.css";

/** Where something lies, from the root on. */
const placeOf = (uri: string, root: string) =>
  trail(parentUri(uri))
    .map((step) => shownName(step.name) || root)
    .join(" / ");

export function Facts({ file }: { file: FileItem }) {
  const { t } = useTranslation();
  const extended = useQuery({ ...infoQuery(file.path, file.id), enabled: hasBit(file.capability, Can.info) });
  const [count, setCount] = useState(false);
  const summary = useQuery({ ...summaryQuery(file.path, file.id), enabled: count });
  const full = extended.data;
  const extra = full?.extended_info;
  const home = parseUri(file.path).fs === "trash" ? file.metadata?.["sys:restore_uri"] : file.path;
  const versions = (extra?.entities ?? []).filter((entity) => entity.type === 0);
  return (
    <Stack gap="lg" px="md" pb="xl">
      <Center h={150} style={{ borderRadius: 12, overflow: "hidden", background: "var(--surface)" }}>
        <Thumb file={file} enabled size={72} />
      </Center>
      <div>
        <Text fw={650} style={{ overflowWrap: "anywhere" }}>
          {shownName(file.name) || t("files.myFiles")}
        </Text>
        <Tags file={file} how="all" />
      </div>
      <dl className={classes.facts}>
        <dt>{t("files.kind")}</dt>
        <dd>
          {t(`files.kinds.${kindOf(file)}`)}
          {!isFolder(file) && extensionOf(file.name) && ` (${extensionOf(file.name)})`}
        </dd>
        {isFolder(file) ? (
          file.owned && (
            <>
              <dt>{t("files.contains")}</dt>
              <dd>
                {summary.data ? (
                  <>
                    {t("files.summary", { files: t("files.countFiles", { count: summary.data.files }), folders: t("files.countFolders", { count: summary.data.folders }) })}
                    <br />
                    {formatBytes(summary.data.size)} {!summary.data.completed && t("files.atLeast")}
                  </>
                ) : (
                  <Button size="compact-xs" variant="light" loading={summary.isFetching} onClick={() => setCount(true)}>
                    {t("files.calculate")}
                  </Button>
                )}
              </dd>
            </>
          )
        ) : (
          <>
            <dt>{t("files.size")}</dt>
            <dd>{formatBytes(file.size)}</dd>
          </>
        )}
        {extra && !isFolder(file) && (
          <>
            <dt>{t("files.usedSpace")}</dt>
            <dd>{formatBytes(extra.storage_used)}</dd>
          </>
        )}
        <dt>{t("files.modified")}</dt>
        <dd>{formatFullTime(file.updated_at)}</dd>
        <dt>{t("files.created")}</dt>
        <dd>{formatFullTime(file.created_at)}</dd>
        {home && nameOf(home) && (
          <>
            <dt>{t("files.location")}</dt>
            <dd>{placeOf(home, t("files.myFiles"))}</dd>
          </>
        )}
        {extra?.storage_policy && (
          <>
            <dt>{t("files.storage")}</dt>
            {/* What is chosen is a sentence: it has all of the width. */}
            <dd style={extra.storage_policy_inherited === undefined ? undefined : { gridColumn: "1 / -1" }}>
              {extra.storage_policy_inherited === undefined ? (
                extra.storage_policy.name
              ) : (
                <FolderStorage uri={file.path} policy={extra.storage_policy} inherited={extra.storage_policy_inherited} />
              )}
            </dd>
          </>
        )}
        <Media file={file} />
      </dl>
      {extended.isPending && hasBit(file.capability, Can.info) && <Loader size="sm" />}
      {versions.length > 0 && <Versions file={file} versions={versions} current={full?.primary_entity ?? file.primary_entity} />}
      {full && <Links file={full} />}
    </Stack>
  );
}
