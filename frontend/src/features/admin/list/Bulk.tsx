/** What can be done with the rows that were chosen. */
import { Button, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { showDone, showTrouble } from "@/shared/message";
import { askName, sure } from "../ask";
import { refresh } from "../data/refresh";
import type { Action, Kind } from "./types";
import { refusal } from "../refusal";

interface Props<R extends { id: number }> {
  kind: Kind<R>;
  rows: R[];
  clear: () => void;
}

/** As many names as are read before something is agreed to. */
const TOLD = 10;

const namesOf = (names: string[]) => [...names.slice(0, TOLD), ...(names.length > TOLD ? ["…"] : [])].join(", ");

export function Bulk<R extends { id: number }>({ kind, rows, clear }: Props<R>) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState("");
  const first = rows[0];
  if (!first || !kind.actions?.length) return null;
  const run = async (action: Action<R>) => {
    const title = t(`admin.actions.${action.id}`);
    const question = t(`admin.warnings.${kind.id}.${action.id}`, { count: rows.length, name: kind.nameOf(first) });
    const text = rows.length > 1 ? `${question}\n\n${namesOf(rows.map(kind.nameOf))}` : question;
    // One that cannot be brought back is named by whoever lets it go.
    const isAgreed = action.danger && rows.length === 1 ? await askName(title, text, kind.nameOf(first)) : await sure(title, text, action.danger);
    if (!isAgreed) return;
    setBusy(action.id);
    try {
      await action.run(rows);
      showDone(t("admin.done"));
      clear();
    } catch (error) {
      showTrouble(refusal(error));
    } finally {
      setBusy("");
      await refresh(kind.id);
    }
  };
  return (
    <Paper withBorder p="xs" role="region" aria-label={t("admin.chosen", { count: rows.length })}>
      <Group>
        <Text size="sm">{t("admin.chosen", { count: rows.length })}</Text>
        {kind.actions.map((action) => (
          <Button key={action.id} size="xs" color={action.danger ? "red.9" : undefined} variant={action.danger ? "filled" : "default"} loading={busy === action.id} disabled={Boolean(busy)} onClick={() => void run(action)}>
            {t(`admin.actions.${action.id}`)}
          </Button>
        ))}
        <Button size="xs" variant="subtle" onClick={clear}>
          {t("admin.clear")}
        </Button>
      </Group>
    </Paper>
  );
}
