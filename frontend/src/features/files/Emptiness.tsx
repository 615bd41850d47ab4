/** What is said where there is no list: nothing there, or no way to it. */
import { Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { IconCloudOff, IconFolderOpen, IconLock, IconSearchOff, IconTrash, IconUpload, IconUsers } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { asApiError, Code, hasCode } from "@/api/error";
import { MY_ROOT, parseUri, TRASH_ROOT } from "@/api/uri";
import { errorText } from "@/shared/message";
import { createFolder } from "@/shared/files/create";
import { pickFiles, pickFolder } from "@/shared/files/uploads";
import classes from "./files.module.css";

export function Waiting() {
  return (
    <Center h="60vh">
      <Loader />
    </Center>
  );
}

export function Empty({ uri, filtered, canUpload }: { uri: string; filtered: boolean; canUpload: boolean }) {
  const { t } = useTranslation();
  const searching = filtered || parseUri(uri).query.size > 0;
  const trash = uri.startsWith(TRASH_ROOT);
  const withMe = parseUri(uri).fs === "shared_with_me";
  const Icon = searching ? IconSearchOff : trash ? IconTrash : withMe ? IconUsers : IconFolderOpen;
  const text = searching ? t("files.nothingFound") : trash ? t("files.trashEmpty") : withMe ? t("files.nothingShared") : t("files.empty");
  return (
    <Center className={classes.center}>
      <Stack align="center" gap="xs" maw={500} ta="center" p="md">
        <Icon size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h4">
          {text}
        </Title>
        {canUpload && !searching && (
          <>
            <Text c="dimmed" visibleFrom="sm">
              {t("files.emptyHint")}
            </Text>
            <Group mt="sm" justify="center">
              <Button leftSection={<IconUpload size={18} />} onClick={() => pickFiles(uri)}>
                {t("files.upload")}
              </Button>
              <Button variant="default" onClick={() => pickFolder(uri)}>
                {t("files.uploadFolder")}
              </Button>
              <Button variant="default" onClick={() => void createFolder(uri)}>
                {t("files.newFolder")}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Center>
  );
}

export function Trouble({ error, uri, again }: { error: unknown; uri: string; again: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const offline = asApiError(error).code === Code.network;
  const Icon = offline ? IconCloudOff : hasCode(error, Code.forbidden) ? IconLock : IconFolderOpen;
  return (
    <Center className={classes.center}>
      <Stack align="center" gap="xs" p="md" ta="center" role="alert">
        <Icon size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
        <Title order={2} size="h4">
          {offline ? t("files.unreachable") : t("files.cannotOpen")}
        </Title>
        <Text c="dimmed">{offline ? t("files.unreachableHint") : errorText(error)}</Text>
        <Group mt="sm">
          <Button onClick={again}>{t("app.tryAgain")}</Button>
          {uri !== MY_ROOT && (
            <Button variant="default" onClick={() => void navigate({ to: "/home", search: {} })}>
              {t("app.toFiles")}
            </Button>
          )}
        </Group>
      </Stack>
    </Center>
  );
}
