/** Whether what is stored is what it was: when it was read last, and what was found. */
import { Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { showDone, showTrouble } from "@/shared/message";
import { type Health, healthQuery, readAgain } from "../data/health";
import { refresh } from "../data/refresh";
import { Trouble } from "../list/Trouble";
import { PageLink } from "../PageLink";
import { refusal } from "../refusal";
import { Asked } from "./Asked";
import { Damaged } from "./Damaged";
import { Policies } from "./Policies";

export function HealthPage() {
  const { data, error, refetch, dataUpdatedAt } = useQuery(healthQuery);
  if (data)
    return (
      <Stack>
        {error && <Trouble error={error} again={refetch} />}
        <State health={data} askedAt={dataUpdatedAt} />
        <Damaged health={data} />
      </Stack>
    );
  if (error) return <Trouble error={error} again={refetch} />;
  return (
    <Center h={240}>
      <Loader />
    </Center>
  );
}

function State({ health, askedAt }: { health: Health; askedAt: number }) {
  const { t } = useTranslation();
  const begin = useMutation({
    mutationFn: readAgain,
    onSuccess: () => showDone(t("admin.health.begun")),
    onError: (caught) => showTrouble(refusal(caught)),
    onSettled: () => refresh("health"),
  });
  const isBusy = health.running || begin.isPending;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Group gap="xs" role="status" flex="1 1 280px">
          {health.running && <Loader size="xs" />}
          <Text size="sm">{t(health.running ? "admin.health.running" : "admin.health.idle")}</Text>
          {!health.running && (
            <PageLink page="settings" search={{ q: "scrub" }}>
              {t("admin.health.howOften")}
            </PageLink>
          )}
        </Group>
        <Button leftSection={<IconRefresh size={16} />} disabled={isBusy} onClick={() => begin.mutate(undefined)}>
          {t("admin.health.readAll")}
        </Button>
      </Group>
      <Asked at={askedAt} />
      <Policies policies={health.policies} isBusy={isBusy} read={begin.mutate} />
    </Stack>
  );
}
