import { ActionIcon, Badge, Button, Center, CopyButton, Group, Loader, Menu, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconCheck, IconCopy, IconDots, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit } from "@/api/bits";
import { call } from "@/api/client";
import { nameOf, parentUri, parseUri, trail } from "@/api/uri";
import { type FileItem, isFolder, type Version } from "@/api/wire";
import { router } from "@/app/router";
import { extensionOf, formatBytes, formatFullTime } from "@/ui/format";
import { showError } from "@/ui/message";
import { download } from "./actions";
import { refreshParentsOf } from "./data/folder";
import { type FullItem, infoQuery, summaryQuery } from "./data/info";
import { kindOf } from "./kinds";
import { useFiles } from "./store";
import { Tags } from "./Tags";
import { Thumb } from "./Thumb";
import classes from "./files.module.css";

export function DetailsPanel({ uri, files }: { uri: string; files: readonly FileItem[] }) {
  const { t } = useTranslation();
  const selected = useFiles((state) => state.selected);
  const items = files.filter((file) => selected.has(file.path));
  const close = () => useFiles.setState({ details: false });
  return (
    <aside className={classes.details} aria-label={t("files.details")}>
      <Group justify="space-between" p="sm" pl="md" wrap="nowrap">
        <Title order={2} size="h5">
          {t("files.details")}
        </Title>
        <ActionIcon aria-label={t("app.close")} onClick={close}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      {items.length > 1 ? (
        <Center p="xl">
          <Stack align="center" gap={4}>
            <Title order={3}>{items.length}</Title>
            <Text c="dimmed">{t("files.chosen", { count: items.length })}</Text>
            <Text c="dimmed">{formatBytes(items.reduce((sum, item) => sum + item.size, 0))}</Text>
          </Stack>
        </Center>
      ) : items[0] ? (
        <One key={items[0].path} file={items[0]} />
      ) : (
        <Text c="dimmed" p="md" size="sm">
          {nameOf(uri) ? t("files.detailsHintIn", { folder: nameOf(uri) }) : t("files.detailsHint")}
        </Text>
      )}
    </aside>
  );
}

function One({ file }: { file: FileItem }) {
  const { t } = useTranslation();
  const extended = useQuery({ ...infoQuery(file.path), enabled: hasBit(file.capability, Can.info) });
  const [count, setCount] = useState(false);
  const summary = useQuery({ ...summaryQuery(file.path), enabled: count });
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
          {file.name}
        </Text>
        <Tags file={file} most={8} />
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
                    {t("files.summary", { files: summary.data.files, folders: summary.data.folders })}
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
        {home && (
          <>
            <dt>{t("files.location")}</dt>
            <dd>{trail(parentUri(home)).map((step) => step.name).join(" / ") || t("files.myFiles")}</dd>
          </>
        )}
        {extra?.storage_policy && (
          <>
            <dt>{t("files.storage")}</dt>
            <dd>{extra.storage_policy.name}</dd>
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

const MEDIA = ["exif:taken_at", "exif:camera_model", "exif:lens_model", "exif:f", "exif:exposure_time", "exif:iso", "exif:focal_length", "music:title", "music:artist", "music:album", "stream:duration", "stream:bitrate", "geocoding:place", "geocoding:country"];

/** What the server read out of pictures, music and films. */
function Media({ file }: { file: FileItem }) {
  const { t, i18n } = useTranslation();
  const known = MEDIA.filter((key) => file.metadata?.[key]);
  return known.map((key) => {
    const label = `media.${key.replace(":", "_")}`;
    return (
      <div key={key} style={{ display: "contents" }}>
        <dt>{i18n.exists(label) ? t(label) : key}</dt>
        <dd>{file.metadata?.[key]}</dd>
      </div>
    );
  });
}

function Versions({ file, versions, current }: { file: FileItem; versions: Version[]; current: string }) {
  const { t } = useTranslation();
  const act = async (method: string, path: string, version: string) => {
    try {
      await call(method, path, { json: { uri: file.path, version } });
    } catch (error) {
      showError(error);
    } finally {
      refreshParentsOf([file]);
    }
  };
  return (
    <div>
      <Title order={3} size="h6" mb={8}>
        {t("files.versions")}
      </Title>
      <Stack gap={2}>
        {versions.map((version) => (
          <Group key={version.id} justify="space-between" wrap="nowrap" gap={6}>
            <div style={{ minWidth: 0 }}>
              <Text size="sm">{formatFullTime(version.created_at)}</Text>
              <Text size="xs" c="dimmed">
                {formatBytes(version.size)}
                {version.created_by && ` · ${version.created_by.nickname}`}
              </Text>
            </div>
            {version.id === current ? (
              <Badge variant="light" tt="none">
                {t("files.current")}
              </Badge>
            ) : (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon aria-label={t("files.versionMenu", { time: formatFullTime(version.created_at) })}>
                    <IconDots size={18} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item
                    onClick={() => void router.navigate({ to: "/home", search: (last) => ({ ...last, open: file.path, version: version.id }) })}
                  >
                    {t("files.open")}
                  </Menu.Item>
                  <Menu.Item onClick={() => void download([file], version.id)}>{t("files.download")}</Menu.Item>
                  {file.owned && (
                    <>
                      <Menu.Item onClick={() => void act("POST", "/file/version/current", version.id)}>{t("files.makeCurrent")}</Menu.Item>
                      <Menu.Item c="var(--mantine-color-error)" onClick={() => void act("DELETE", "/file/version", version.id)}>
                        {t("files.deleteVersion")}
                      </Menu.Item>
                    </>
                  )}
                </Menu.Dropdown>
              </Menu>
            )}
          </Group>
        ))}
      </Stack>
    </div>
  );
}

function Links({ file }: { file: FullItem }) {
  const { t } = useTranslation();
  const shares = (file.extended_info?.shares ?? []).map((share) => ({ id: share.id, url: share.url, note: share.expired ? t("shares.expired") : t("shares.visits", { count: share.visited }) }));
  const direct = (file.extended_info?.direct_links ?? []).map((link) => ({ id: link.id, url: link.url, note: t("shares.downloads", { count: link.downloaded }) }));
  const drop = async (id: string) => {
    try {
      await call("DELETE", `/file/source/${id}`);
    } catch (error) {
      showError(error);
    } finally {
      refreshParentsOf([file]);
    }
  };
  const list = (title: string, links: typeof shares, remove?: (id: string) => void) =>
    links.length > 0 && (
      <div>
        <Title order={3} size="h6" mb={6}>
          {title}
        </Title>
        {links.map((link) => (
          <Group key={link.id} wrap="nowrap" justify="space-between" gap={4}>
            <div style={{ minWidth: 0 }}>
              <Text size="sm" truncate>
                {link.url.replace(/^https?:\/\//, "")}
              </Text>
              <Text size="xs" c="dimmed">
                {link.note}
              </Text>
            </div>
            <Group gap={0} wrap="nowrap">
              <CopyButton value={link.url}>
                {({ copied, copy }) => (
                  <ActionIcon aria-label={t("app.copy")} onClick={copy}>
                    {copied ? <IconCheck size={17} /> : <IconCopy size={17} />}
                  </ActionIcon>
                )}
              </CopyButton>
              {remove && (
                <ActionIcon aria-label={t("files.delete")} onClick={() => remove(link.id)}>
                  <IconX size={17} />
                </ActionIcon>
              )}
            </Group>
          </Group>
        ))}
      </div>
    );
  return (
    <>
      {list(t("shares.title"), shares)}
      {list(t("files.directLinks"), direct, (id) => void drop(id))}
    </>
  );
}
