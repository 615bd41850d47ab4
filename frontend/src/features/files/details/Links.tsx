/** Shares of a file and direct links to it. */
import { ActionIcon, CopyButton, Group, Text, Title } from "@mantine/core";
import { IconCheck, IconCopy, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { showError } from "@/shared/message";
import { refreshParentsOf } from "@/shared/data/changes";
import type { FileItem } from "@/api/wire";
import { deleteDirectLink } from "../data/direct-links";

export function Links({ file }: { file: FileItem }) {
  const { t } = useTranslation();
  const shares = (file.extended_info?.shares ?? []).map((share) => ({ id: share.id, url: share.url, note: share.expired ? t("shares.expired") : t("shares.visits", { count: share.visited }) }));
  const direct = (file.extended_info?.direct_links ?? []).map((link) => ({ id: link.id, url: link.url, note: t("shares.downloads", { count: link.downloaded }) }));
  const drop = async (id: string) => {
    try {
      await deleteDirectLink(id);
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
