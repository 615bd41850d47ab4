/** How the site is doing. */
import { Alert, Button, Center, Group, Loader, Paper, Progress, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { errorText, showError } from "@/shared/message";
import { formatBytes, formatNumber, formatTime } from "@/ui/format";
import { countAnew, summaryQuery } from "../data/summary";
import { queuesQuery } from "../data/tasks";
import { word } from "../words";
import { DayCharts, StorageChart } from "./Charts";
import { Warnings } from "./Warnings";

export function OverviewPage() {
  const { t } = useTranslation();
  const { data, error } = useQuery(summaryQuery);
  if (error)
    return (
      <Alert color="red" role="alert">
        {errorText(error)}
      </Alert>
    );
  if (!data)
    return (
      <Center h={240}>
        <Loader />
      </Center>
    );
  const { metrics_summary: metrics, state, version } = data;
  const bytes = state.storage.reduce((sum, one) => sum + one.bytes, 0);
  return (
    <Stack>
      <Warnings summary={data} />
      <SimpleGrid cols={{ base: 2, md: 3, xl: 5 }}>
        <Figure label={t("admin.figures.users")} value={formatNumber(metrics?.user_total ?? 0)} />
        <Figure label={t("admin.figures.files")} value={formatNumber(metrics?.file_total ?? 0)} />
        <Figure label={t("admin.figures.shares")} value={formatNumber(metrics?.share_total ?? 0)} />
        <Figure label={t("admin.figures.stored")} value={formatBytes(bytes)} />
        <Figure label={t("admin.figures.failedSignIns")} value={formatNumber(state.failed_sign_ins)} />
      </SimpleGrid>
      {metrics && <DayCharts metrics={metrics} />}
      <SimpleGrid cols={{ base: 1, xl: 2 }}>
        <Paper withBorder p="md">
          <Text fw={600} component="h2" mb="xs">
            {t("admin.storage")}
          </Text>
          <Stack gap="xs">
            <StorageChart storage={state.storage} />
            {state.storage.map(({ policy_id, name, bytes: kept, blobs }) => (
              <div key={policy_id}>
                <Group justify="space-between">
                  <Text size="sm">{name}</Text>
                  <Text size="sm" c="dimmed">
                    {t("admin.kept", { number: formatNumber(blobs), size: formatBytes(kept) })}
                  </Text>
                </Group>
                <Progress value={bytes ? (kept / bytes) * 100 : 0} aria-label={name} />
              </div>
            ))}
            <Text size="sm" c="dimmed">
              {t("admin.disk", { free: formatBytes(state.disk_free), total: formatBytes(state.disk_total) })}
            </Text>
          </Stack>
        </Paper>
        <Queues />
      </SimpleGrid>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("admin.countedAt", { time: formatTime(metrics?.generated_at) })}
        </Text>
        <CountAnew />
      </Group>
      <Text size="sm" c="dimmed">
        {t("admin.about", { version: version.alcove, api: version.version, database: word(state.database) })}
      </Text>
    </Stack>
  );
}

function CountAnew() {
  const { t } = useTranslation();
  const { mutate, isPending } = useMutation({ mutationFn: countAnew, onError: showError });
  return (
    <Button variant="default" size="xs" leftSection={<IconRefresh size={16} />} loading={isPending} onClick={() => mutate()}>
      {t("admin.countAnew")}
    </Button>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={650}>
        {value}
      </Text>
    </Paper>
  );
}

function Queues() {
  const { t } = useTranslation();
  const { data = [] } = useQuery(queuesQuery);
  return (
    <Paper withBorder p="md">
      <Text fw={600} component="h2" mb="xs">
        {t("admin.queues")}
      </Text>
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": t("admin.queues") } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {(["queue", "busy", "waiting", "succeeded", "failed"] as const).map((id) => (
                <Table.Th key={id}>{t(`admin.queueColumns.${id}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((queue) => (
              <Table.Tr key={queue.name}>
                <Table.Td>{word(`queue_${queue.name}`)}</Table.Td>
                <Table.Td>{formatNumber(queue.busy_workers)}</Table.Td>
                <Table.Td>{formatNumber(queue.submitted_tasks - queue.success_tasks - queue.failure_tasks - queue.busy_workers)}</Table.Td>
                <Table.Td>{formatNumber(queue.success_tasks)}</Table.Td>
                <Table.Td>{formatNumber(queue.failure_tasks)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}
