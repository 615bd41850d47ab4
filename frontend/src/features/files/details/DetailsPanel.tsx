import { ActionIcon, Center, Group, Stack, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { formatBytes } from "@/ui/format";
import { useFiles } from "@/shared/files/store";
import { Facts } from "./Facts";
import classes from "../files.module.css";

export function DetailsPanel({ folder, files }: { folder?: FileItem; files: readonly FileItem[] }) {
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
        <Facts key={items[0].path} file={items[0]} />
      ) : folder ? (
        <Facts key={folder.path} file={folder} />
      ) : (
        <Text c="dimmed" px="md" size="sm">
          {t("files.detailsHint")}
        </Text>
      )}
    </aside>
  );
}
