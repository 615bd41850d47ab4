/** What can be done with the damaged blobs that were chosen. */
import { Button, Group, Paper, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DamagedRow } from "../data/health";
import { canBeTaken } from "./settle";
import { type Deed, useSettle } from "./use-settle";

export function Chosen({ rows, clear }: { rows: DamagedRow[]; clear: () => void }) {
  const { t } = useTranslation();
  const { busy, done, run } = useSettle();
  if (rows.length === 0) return null;
  const label = t("admin.chosen", { count: rows.length });
  const act = async (deed: Deed) => {
    if (await run(deed, rows)) clear();
  };
  return (
    <Paper withBorder p="xs" role="region" aria-label={label}>
      <Group>
        <Text size="sm" role="status">
          {busy ? t("admin.health.settling", { at: done + 1, count: rows.length }) : label}
        </Text>
        <SettleButtons rows={rows} busy={busy} act={act} />
        <Button size="xs" variant="subtle" disabled={Boolean(busy)} onClick={clear}>
          {t("admin.clear")}
        </Button>
      </Group>
    </Paper>
  );
}

/** Nothing need be chosen for what the hint above asks for. */
export function CheckAll({ rows }: { rows: DamagedRow[] }) {
  const { t } = useTranslation();
  const { busy, done, run } = useSettle();
  return (
    <Group gap="sm">
      <Button size="xs" variant="default" loading={Boolean(busy)} onClick={() => void run("check", rows)}>
        {t("admin.health.checkAll")}
      </Button>
      <Text size="sm" role="status">
        {busy && t("admin.health.settling", { at: done + 1, count: rows.length })}
      </Text>
    </Group>
  );
}

interface Props {
  rows: DamagedRow[];
  busy: Deed | undefined;
  act: (deed: Deed) => Promise<void>;
}

export function SettleButtons({ rows, busy, act }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <Button size="xs" variant="default" loading={busy === "check"} disabled={Boolean(busy)} onClick={() => void act("check")}>
        {t("admin.actions.check")}
      </Button>
      <Button size="xs" color="red.9" loading={busy === "accept"} disabled={Boolean(busy) || !rows.some(canBeTaken)} onClick={() => void act("accept")}>
        {t("admin.actions.accept")}
      </Button>
    </>
  );
}
