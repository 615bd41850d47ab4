/** Which torrent is downloaded: one of the drive, or one of this computer. */
import { Button, FileButton, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { pathOf } from "@/shared/task-name";
import { shownName } from "@/ui/names";
import { torrentsQuery } from "../data/download";
import { OWN, type useTorrent } from "../use-torrent";

interface Props {
  torrent: ReturnType<typeof useTorrent>;
  disabled: boolean;
}

export function TorrentSource({ torrent: { chosen, own, fault, choose, chooseOwn }, disabled }: Props) {
  const { t } = useTranslation();
  const torrents = useQuery(torrentsQuery);
  const found = (torrents.data ?? []).map(({ path }) => path);
  // One that has just come may not be found yet.
  const all = chosen && chosen !== OWN && !found.includes(chosen) ? [chosen, ...found] : found;
  const ofDrive = all.map((path) => ({ value: path, label: pathOf(path) }));
  return (
    <Stack gap="xs">
      <Select
        label={t("tasks.download.torrent")}
        placeholder={t("tasks.download.chooseTorrent")}
        nothingFoundMessage={t(torrents.isPending ? "app.loading" : "tasks.download.noTorrents")}
        searchable
        disabled={disabled}
        value={chosen}
        onChange={choose}
        data={own ? [{ value: OWN, label: t("tasks.download.ofComputer", { name: shownName(own.name) }) }, ...ofDrive] : ofDrive}
      />
      <FileButton accept=".torrent" disabled={disabled} onChange={(file) => file && void chooseOwn(file)}>
        {(props) => (
          <Button {...props} variant="default" h="auto" mih={36} py={6} disabled={disabled} styles={{ label: { whiteSpace: "normal", lineHeight: 1.3 } }} leftSection={<IconUpload size={17} />}>
            {t("tasks.download.fromComputer")}
          </Button>
        )}
      </FileButton>
      {chosen === OWN && (
        <Text size="xs" c="dimmed" role="status">
          {t("tasks.download.torrentStays")}
        </Text>
      )}
      {fault && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" style={{ overflowWrap: "anywhere" }}>
          {fault}
        </Text>
      )}
    </Stack>
  );
}
