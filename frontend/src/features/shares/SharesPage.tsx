import { Box, Button, Center, Group, Loader, Select, Stack, Table, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconShare3 } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Code, hasCode } from "@/api/error";
import { shareUri } from "@/api/uri";
import type { FileItem, Share } from "@/api/wire";
import { FileIcon } from "@/shared/files/FileIcon";
import { formatNumber, formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { AnchorLink } from "@/ui/links";
import { errorText } from "@/shared/message";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import { sharesQuery } from "./data/shares";
import { ShareMenu } from "./ShareMenu";
import { ShareState } from "./ShareState";
import classes from "./share.module.css";

const ORDERS = ["created_at", "views", "downloads", "remain_downloads"];

export function SharesPage() {
  const { t } = useTranslation();
  useTitle(t("shares.mine"));
  const [order, setOrder] = useState("created_at");
  const query = useInfiniteQuery(sharesQuery(order));
  const shares = query.data?.pages.flatMap((page) => page.shares ?? []) ?? [];
  return (
    <ScrolledPage p={{ base: "md", sm: "xl" }}>
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
          data={ORDERS.map((value) => ({ value, label: t(`shares.order.${value}`) }))}
        />
      </Group>
      {query.isPending ? (
        <Center h={200}>
          <Loader role="status" aria-label={t("app.loading")} />
        </Center>
      ) : query.error ? (
        <Text role="alert">{hasCode(query.error, Code.absent) ? t("shares.notOffered") : errorText(query.error)}</Text>
      ) : shares.length === 0 ? (
        <Center h="50vh">
          <Stack align="center" gap="xs" ta="center">
            <IconShare3 size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
            <Text fw={600}>{t("shares.none")}</Text>
            <Text c="dimmed">{t("shares.noneHint")}</Text>
          </Stack>
        </Center>
      ) : (
        <ShareTable shares={shares} />
      )}
      {query.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("app.more")}
          </Button>
        </Center>
      )}
    </ScrolledPage>
  );
}

function ShareTable({ shares }: { shares: Share[] }) {
  const { t } = useTranslation();
  return (
    <Table verticalSpacing="sm" highlightOnHover className={classes.table}>
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
                <FileIcon file={{ type: share.source_type, name: share.name } as FileItem} size={24} />
                <div>
                  {share.expired ? (
                    <Text style={{ overflowWrap: "anywhere" }}>{shownName(share.name)}</Text>
                  ) : (
                    <AnchorLink to="/home" search={{ path: shareUri(share.id, share.password) }} c="var(--mantine-color-text)" style={{ overflowWrap: "anywhere" }}>
                      {shownName(share.name)}
                    </AnchorLink>
                  )}
                  <Box hiddenFrom="sm" mt={4}>
                    <ShareState share={share} />
                    <Text size="sm" c="dimmed">
                      {t("shares.visits", { count: share.visited })} · {t("shares.downloads", { count: share.downloaded ?? 0 })}
                    </Text>
                  </Box>
                </div>
              </Group>
            </Table.Td>
            <Table.Td visibleFrom="sm">
              <ShareState share={share} />
            </Table.Td>
            <Table.Td visibleFrom="sm">{formatNumber(share.visited)}</Table.Td>
            <Table.Td visibleFrom="sm">
              {formatNumber(share.downloaded ?? 0)}
              {share.remain_downloads !== undefined && (
                <Text size="sm" c="dimmed" style={{ whiteSpace: "nowrap" }}>
                  {t("shares.leftOver", { count: share.remain_downloads })}
                </Text>
              )}
            </Table.Td>
            <Table.Td visibleFrom="md" className={classes.time}>{formatTime(share.created_at)}</Table.Td>
            <Table.Td>
              <ShareMenu share={share} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
