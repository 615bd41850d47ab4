import { ActionIcon, Badge, Box, Button, Center, Group, Loader, Menu, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconCopy, IconDots, IconExternalLink, IconPencil, IconQrcode, IconShare3, IconTrash } from "@tabler/icons-react";
import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { Code, hasCode } from "@/api/error";
import { shareUri } from "@/api/uri";
import type { Share } from "@/api/wire";
import { queryClient } from "@/app/queries";
import { router } from "@/app/router";
import { ask } from "@/ui/dialogs";
import { formatTime } from "@/ui/format";
import { errorText, showDone, showError } from "@/ui/message";
import { FileIcon } from "@/features/files/FileIcon";
import type { FileItem } from "@/api/wire";
import { EditShare, ShareLink } from "./ShareDialog";

interface Page {
  shares: Share[] | null;
  pagination: { next_token?: string };
}

const PAGE_SIZE = 50;

export const shareQuery = (path: string, order: string) => ({
  queryKey: ["shares", path, order],
  queryFn: ({ pageParam }: { pageParam: string | undefined }) =>
    call<Page>("GET", path, {
      query: { page_size: PAGE_SIZE, order_by: order, order_direction: "desc", next_page_token: pageParam },
    }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Page) => page.pagination.next_token,
});

export function SharesPage() {
  const { t } = useTranslation();
  const [order, setOrder] = useState("created_at");
  const query = useInfiniteQuery(shareQuery("/share", order));
  const shares = query.data?.pages.flatMap((page) => page.shares ?? []) ?? [];

  const remove = async (share: Share) => {
    try {
      await call("DELETE", `/share/${share.id}`);
      showDone(t("shares.deleted"));
    } catch (error) {
      showError(error);
    } finally {
      void queryClient.invalidateQueries({ queryKey: ["shares"] });
      void queryClient.invalidateQueries({ queryKey: ["folder"] });
    }
  };
  const copy = async (share: Share) => {
    await navigator.clipboard.writeText(share.url);
    showDone(t("app.copied"));
  };

  return (
    <Box h="100%" style={{ overflow: "auto" }} p={{ base: "md", sm: "xl" }}>
      <Group justify="space-between" mb="lg">
        <Title order={1} size="h3">
          {t("shares.mine")}
        </Title>
        <Select
          w={190}
          aria-label={t("files.sortBy")}
          allowDeselect={false}
          value={order}
          onChange={(value) => setOrder(value ?? "created_at")}
          data={["created_at", "views", "downloads", "remain_downloads"].map((value) => ({ value, label: t(`shares.order.${value}`) }))}
        />
      </Group>
      {query.isPending ? (
        <Center h={200}>
          <Loader />
        </Center>
      ) : query.error ? (
        <Text role="alert">{hasCode(query.error, Code.absent) ? t("shares.notOffered") : errorText(query.error)}</Text>
      ) : shares.length === 0 ? (
        <Center h="50vh">
          <Stack align="center" gap="xs">
            <IconShare3 size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
            <Text fw={600}>{t("shares.none")}</Text>
            <Text c="dimmed">{t("shares.noneHint")}</Text>
          </Stack>
        </Center>
      ) : (
        <Table verticalSpacing="sm" highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("files.name")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("shares.state")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("shares.order.views")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("shares.order.downloads")}</Table.Th>
              <Table.Th visibleFrom="md">{t("files.created")}</Table.Th>
              <Table.Th w={50} aria-label={t("files.menu")} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shares.map((share) => (
              <Table.Tr key={share.id}>
                <Table.Td>
                  <Group gap="sm" wrap="nowrap">
                    <FileIcon file={{ type: share.source_type, name: share.name } as FileItem} size={22} />
                    <Text style={{ overflowWrap: "anywhere" }}>{share.name}</Text>
                  </Group>
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <State share={share} />
                </Table.Td>
                <Table.Td visibleFrom="sm">{share.visited}</Table.Td>
                <Table.Td visibleFrom="sm">
                  {share.downloaded ?? 0}
                  {share.remain_downloads !== undefined && ` (${t("shares.leftOver", { count: share.remain_downloads })})`}
                </Table.Td>
                <Table.Td visibleFrom="md">{formatTime(share.created_at)}</Table.Td>
                <Table.Td>
                  <Menu position="bottom-end">
                    <Menu.Target>
                      <ActionIcon aria-label={t("shares.menu", { name: share.name })}>
                        <IconDots size={19} />
                      </ActionIcon>
                    </Menu.Target>
                    <Menu.Dropdown>
                      <Menu.Item leftSection={<IconExternalLink size={17} />} onClick={() => void router.navigate({ to: "/home", search: { path: shareUri(share.id, share.password) } })}>
                        {t("files.open")}
                      </Menu.Item>
                      <Menu.Item leftSection={<IconCopy size={17} />} onClick={() => void copy(share)}>
                        {t("shares.copyLink")}
                      </Menu.Item>
                      <Menu.Item
                        leftSection={<IconQrcode size={17} />}
                        onClick={() =>
                          void ask((done) => (
                            <Modal opened onClose={() => done()} title={share.name} closeButtonProps={{ "aria-label": t("app.close") }}>
                              <ShareLink link={share.url} done={done} />
                            </Modal>
                          ))
                        }
                      >
                        {t("shares.qr")}
                      </Menu.Item>
                      {!share.expired && (
                        <Menu.Item leftSection={<IconPencil size={17} />} onClick={() => void ask((done) => <EditShare share={share} done={done} />)}>
                          {t("shares.editMenu")}
                        </Menu.Item>
                      )}
                      <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={17} />} onClick={() => void remove(share)}>
                        {t("files.delete")}
                      </Menu.Item>
                    </Menu.Dropdown>
                  </Menu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {query.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("app.more")}
          </Button>
        </Center>
      )}
    </Box>
  );
}

function State({ share }: { share: Share }) {
  const { t } = useTranslation();
  if (share.expired)
    return (
      <Badge variant="default" tt="none">
        {t("shares.expired")}
      </Badge>
    );
  return (
    <Group gap={6}>
      <Badge variant="light" tt="none">
        {share.is_private ? t("shares.withPassword") : t("shares.public")}
      </Badge>
      {share.expires && (
        <Text size="sm" c="dimmed">
          {t("shares.until", { time: formatTime(share.expires) })}
        </Text>
      )}
    </Group>
  );
}
