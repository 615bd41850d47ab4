/** Earlier contents of a file, to look at, to go back to, to remove. */
import { ActionIcon, Badge, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { FileItem, Version } from "@/api/wire";
import { router } from "@/shared/router";
import { formatBytes, formatFullTime } from "@/ui/format";
import { showError } from "@/shared/message";
import { download } from "@/shared/files/download";
import { deleteVersion, makeCurrent } from "../data/versions";
import { refreshParentsOf } from "@/shared/data/changes";

export function Versions({ file, versions, current }: { file: FileItem; versions: Version[]; current: string }) {
  const { t } = useTranslation();
  const act = async (work: typeof makeCurrent, version: string) => {
    try {
      await work(file.path, version);
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
      <Stack gap={2} role="list">
        {versions.map((version) => (
          <Group key={version.id} role="listitem" justify="space-between" wrap="nowrap" gap={6}>
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
                      <Menu.Item onClick={() => void act(makeCurrent, version.id)}>{t("files.makeCurrent")}</Menu.Item>
                      <Menu.Item c="var(--mantine-color-error)" onClick={() => void act(deleteVersion, version.id)}>
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
