/** Everything about one thing: facts, and what can be done with it. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { showDone, showTrouble } from "@/shared/message";
import classes from "../admin.module.css";
import { refresh } from "../data/refresh";
import { refusal } from "../refusal";

/** Named by the texts “columns”; what is empty is left out. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  const { t } = useTranslation();
  return (
    <div>
      {facts
        .filter(([, value]) => value !== undefined && value !== "" && value !== null && value !== false)
        .map(([id, value]) => (
          <div key={id} className={classes.fact}>
            <Text size="sm" c="dimmed">
              {t(`admin.columns.${id}`)}
            </Text>
            <Text size="sm" component="div">
              {value}
            </Text>
          </div>
        ))}
    </div>
  );
}

export interface Deed {
  /** Named by the texts “actions”. */
  id: string;
  danger?: boolean;
  /** Answers `false` if nothing was done after all. */
  run: () => Promise<unknown>;
}

/** Buttons; what they do is told, and the list is read again. */
export function Deeds({ kind, deeds, after }: { kind: string; deeds: Deed[]; after?: () => void }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState("");
  const run = async ({ id, run: act }: Deed) => {
    setBusy(id);
    try {
      if ((await act()) !== false) {
        showDone(t("admin.done"));
        after?.();
      }
    } catch (error) {
      showTrouble(refusal(error));
    } finally {
      setBusy("");
      await refresh(kind);
    }
  };
  return (
    <Group gap="xs">
      {deeds.map((deed) => (
        <Button key={deed.id} size="xs" variant={deed.danger ? "filled" : "default"} color={deed.danger ? "red.9" : undefined} loading={busy === deed.id} disabled={Boolean(busy)} onClick={() => void run(deed)}>
          {t(`admin.actions.${deed.id}`)}
        </Button>
      ))}
    </Group>
  );
}

export function Part({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <Stack gap="xs" mb="md">
      {title && (
        <Text fw={600} component="h2" size="md">
          {title}
        </Text>
      )}
      {children}
    </Stack>
  );
}
