/** A shared folder that only takes: nothing is shown of what others brought. */
import { Button, Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconFolderUp, IconInbox, IconUpload } from "@tabler/icons-react";
import { type DragEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { rootUri } from "@/api/uri";
import type { Share } from "@/api/wire";
import { dropUpload, pickFiles, pickFolder } from "@/shared/files/uploads";
import { formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { UserAvatar } from "@/shared/UserAvatar";
import { ScrolledPage } from "@/shared/ScrolledPage";
import classes from "./share.module.css";

export function DropBox({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const root = rootUri(uri);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    dropUpload(event, root);
  };
  return (
    <ScrolledPage>
      <Center mih="75vh" p="md">
        <Paper
          radius="xl"
          p="xl"
          w={480}
          maw="100%"
          className={classes.drop}
          data-over={over || undefined}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <Stack align="center" gap="md" ta="center">
            <IconInbox size={64} stroke={1.1} aria-hidden color="var(--mantine-color-dimmed)" />
            <div>
              <Title order={1} size="h3" style={{ overflowWrap: "anywhere" }}>
                {shownName(share.name)}
              </Title>
              <Text c="dimmed">{t("shares.dropHint")}</Text>
            </div>
            <Group gap="xs">
              <UserAvatar user={share.owner} size="sm" />
              <Text size="sm">
                {t("shares.by", { name: share.owner.nickname })}
                {share.expires && ` · ${t("shares.until", { time: formatTime(share.expires) })}`}
              </Text>
            </Group>
            <Group justify="center">
              <Button leftSection={<IconUpload size={18} />} onClick={() => pickFiles(root)}>
                {t("shares.addFiles")}
              </Button>
              <Button variant="default" leftSection={<IconFolderUp size={18} />} onClick={() => pickFolder(root)}>
                {t("files.uploadFolder")}
              </Button>
            </Group>
          </Stack>
        </Paper>
      </Center>
    </ScrolledPage>
  );
}
