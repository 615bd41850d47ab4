/** How far a relocation is, and what came of it. */
import { Button, Group, Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { LeftBehind } from "@/shared/LeftBehind";
import { formatNumber } from "@/ui/format";
import { failuresOf, hasEnded, ownTaskQuery } from "../../data/relocation";
import { progressQuery } from "../../data/tasks";
import { State } from "../../words";
import { Failures } from "./Failures";

export function Course({ id, close }: { id: string; close: () => void }) {
  const { t } = useTranslation();
  const { data: task } = useQuery(ownTaskQuery(id));
  const ended = hasEnded(task?.status);
  const { data } = useQuery({ ...progressQuery(id), enabled: !ended });
  const { current = 0, total = 0 } = data?.relocate ?? {};
  const failed = Number(task?.summary?.props.failed ?? 0);
  return (
    <Stack>
      <Group justify="space-between">
        <State value={task?.status ?? "queued"} />
        {!ended && total > 0 && <Text size="sm">{t("admin.relocation.of", { current: formatNumber(current), total: formatNumber(total) })}</Text>}
      </Group>
      <Progress value={ended ? 100 : total ? (current / total) * 100 : 100} animated={!ended && !total} aria-label={t("admin.relocation.progress")} />
      {task?.error && <Text c="red.9">{task.error}</Text>}
      {failed > 0 && (
        <>
          <Text fw={600}>{t("admin.relocation.failed", { count: failed })}</Text>
          <Failures all={failuresOf(task?.summary?.props)} count={failed} />
        </>
      )}
      <LeftBehind task={task} />
      <Text size="sm" c="dimmed">
        {t(ended ? "admin.relocation.later" : "admin.relocation.goesOn")}
      </Text>
      <Group justify="end">
        <Button onClick={close}>{t("app.close")}</Button>
      </Group>
    </Stack>
  );
}
