import { Box, Button, Group, Modal, ScrollArea, Stack } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isWithin, MY_ROOT, parseUri } from "@/api/uri";
import { createFolder } from "./create";
import { FolderTree } from "./FolderTree";

interface Props {
  title: string;
  action: string;
  start: string;
  forbidden: readonly string[];
  done: (uri?: string) => void;
}

export default function FolderPicker({ title, action, start, forbidden, done }: Props) {
  const { t } = useTranslation();
  const [target, setTarget] = useState(parseUri(start).fs === "my" ? start : MY_ROOT);
  const bad = forbidden.some((uri) => isWithin(target, uri));
  return (
    <Modal opened onClose={() => done()} title={title} size="md" closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <ScrollArea h={340} style={{ border: "1px solid var(--line)", borderRadius: 10 }}>
          <Box p={6}>
            <FolderTree current={target} onChoose={setTarget} label={title} />
          </Box>
        </ScrollArea>
        <Group justify="space-between" gap="xs">
          <Button variant="subtle" leftSection={<IconFolderPlus size={18} />} onClick={() => void createFolder(target)}>
            {t("files.newFolder")}
          </Button>
          <Group gap="xs" ml="auto">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button onClick={() => done(target)} disabled={bad}>
              {action}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}
