/** A share of one file: the file, and what can be done with it. */
import { Button, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDownload, IconEye } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { formatUri, parseUri } from "@/api/uri";
import type { FileItem, Share } from "@/api/wire";
import { download } from "@/shared/files/download";
import { listFolder } from "@/shared/data/folder";
import { Thumb } from "@/shared/files/Thumb";
import { formatBytes, formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { AnchorLink } from "@/ui/links";
import { errorText } from "@/shared/message";
import { useTitle } from "@/ui/title";
import { UserAvatar } from "@/shared/UserAvatar";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { SaveButton } from "./SaveButton";

export function SingleFile({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  useTitle(share.name);
  const root = formatUri({ ...parseUri(uri), path: [], query: new URLSearchParams() });
  const listing = useQuery({ queryKey: keys.sharedFile(root), queryFn: () => listFolder(root, undefined, {}), retry: false });
  const file = listing.data?.files[0];
  return (
    <ScrolledPage>
      <Center mih="75vh" p="md">
      <Paper withBorder radius="xl" p="xl" w={440} maw="100%">
        <Stack align="center" gap="md" ta="center">
          <Center w="100%" h={180} style={{ borderRadius: 12, overflow: "hidden", background: "var(--surface)" }}>
            <Thumb file={file ?? ({ type: 0, name: share.name } as FileItem)} enabled={!!file} size={84} />
          </Center>
          <div>
            <Title order={1} size="h3" style={{ overflowWrap: "anywhere" }}>
              {shownName(share.name)}
            </Title>
            <Text c="dimmed">
              {formatBytes(share.size ?? 0)} · {formatTime(share.created_at)}
            </Text>
          </div>
          <Group gap="xs">
            <UserAvatar user={share.owner} size="sm" />
            <Text size="sm">
              <AnchorLink to="/profile/$id" params={{ id: share.owner.id }} size="sm" underline="always">
                {t("shares.by", { name: share.owner.nickname })}
              </AnchorLink>
              {" · "}
              {t("shares.visits", { count: share.visited })}
            </Text>
          </Group>
          {listing.error && (
            <Text role="alert" c="var(--mantine-color-error)">
              {errorText(listing.error)}
            </Text>
          )}
          <Group justify="center">
            <Button leftSection={<IconDownload size={18} />} disabled={!file} onClick={() => file && void download([file])}>
              {t("files.download")}
            </Button>
            <Button variant="default" leftSection={<IconEye size={18} />} disabled={!file} onClick={() => file && void navigate({ to: "/home", search: { path: uri, open: file.path } })}>
              {t("files.open")}
            </Button>
            <SaveButton share={share} uri={uri} />
          </Group>
          <Text size="sm" c="dimmed">
            {[
              share.remain_downloads !== undefined && t("shares.leftOver", { count: share.remain_downloads }),
              share.expires && t("shares.until", { time: formatTime(share.expires) }),
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </Stack>
      </Paper>
      </Center>
    </ScrolledPage>
  );
}
