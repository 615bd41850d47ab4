import { Button, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { useAccount } from "@/api/use-account";
import type { FileItem } from "@/api/wire";
import { router } from "@/shared/router";
import { extensionOf } from "@/ui/format";
import { chooseViewers, rememberViewer, viewerName } from "@/shared/viewers";

export default function OpenWithDialog({ file, done }: { file: FileItem; done: () => void }) {
  const { t } = useTranslation();
  const config = useConfig("explorer");
  const account = useAccount();
  const [always, setAlways] = useState(false);
  const { fitting, others } = chooseViewers(file, config, account?.user.group?.permission);
  const extension = extensionOf(file.name);
  const pick = (viewer: string) => {
    if (always && extension) rememberViewer(extension, viewer);
    done();
    void router.navigate({ to: "/home", search: (last) => ({ ...last, open: file.path, viewer }) });
  };
  return (
    <Modal opened onClose={() => done()} title={t("files.openWithTitle", { name: file.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack gap="xs">
        {fitting.map((viewer) => (
          <Button key={viewer.id} variant="light" justify="start" onClick={() => pick(viewer.id)}>
            {viewerName(viewer, t)}
          </Button>
        ))}
        {others.length > 0 && (
          <Text size="sm" c="dimmed" mt="xs">
            {t("files.otherViewers")}
          </Text>
        )}
        <Group gap="xs">
          {others.map((viewer) => (
            <Button key={viewer.id} variant="default" size="sm" onClick={() => pick(viewer.id)}>
              {viewerName(viewer, t)}
            </Button>
          ))}
        </Group>
        {extension && (
          <Switch mt="sm" label={t("files.alwaysOpen", { extension })} checked={always} onChange={(event) => setAlways(event.currentTarget.checked)} />
        )}
      </Stack>
    </Modal>
  );
}
