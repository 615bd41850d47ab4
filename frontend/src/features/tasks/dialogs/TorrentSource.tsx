/** Which torrent is downloaded: one of the drive, or one of this computer, which comes into the drive first. */
import { Button, FileButton, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { pathOf } from "@/shared/task-name";
import { torrentsQuery } from "../data/download";
import type { useTorrentUpload } from "../use-torrent-upload";

interface Props {
  torrent: string | null;
  onChange: (torrent: string | null) => void;
  coming: ReturnType<typeof useTorrentUpload>;
}

export function TorrentSource({ torrent, onChange, coming }: Props) {
  const { t } = useTranslation();
  const torrents = useQuery(torrentsQuery);
  const found = (torrents.data ?? []).map(({ path }) => path);
  // One that has just come may not be found yet.
  const all = torrent && !found.includes(torrent) ? [torrent, ...found] : found;
  return (
    <Stack gap="xs">
      <Select
        label={t("tasks.download.torrent")}
        placeholder={t("tasks.download.chooseTorrent")}
        nothingFoundMessage={t(torrents.isPending ? "app.loading" : "tasks.download.noTorrents")}
        searchable
        disabled={coming.busy}
        value={torrent}
        onChange={onChange}
        data={all.map((path) => ({ value: path, label: pathOf(path) }))}
      />
      <FileButton accept=".torrent" onChange={(file) => file && void coming.upload(file)}>
        {(props) => (
          <Button {...props} variant="default" h="auto" mih={36} py={6} styles={{ label: { whiteSpace: "normal", lineHeight: 1.3 } }} leftSection={<IconUpload size={17} />} loading={coming.busy}>
            {t("tasks.download.fromComputer")}
          </Button>
        )}
      </FileButton>
      <Text size="xs" c="dimmed">
        {t("tasks.download.torrentStays")}
      </Text>
      {coming.error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" style={{ overflowWrap: "anywhere" }}>
          {coming.error}
        </Text>
      )}
    </Stack>
  );
}
