import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "@/api/uri";
import type { LockConflict } from "@/api/wire";
import { shownName } from "@/ui/names";
import { showError } from "@/shared/message";
import { releaseLocks } from "../data/locks";

/** Something is in use. Its owner may end that use and go on. */
export function LockDialog({ conflicts, done }: { conflicts: LockConflict[]; done: (again?: boolean) => void }) {
  const { t, i18n } = useTranslation();
  const [busy, setBusy] = useState(false);
  const tokens = conflicts.flatMap(({ token }) => token || []);
  const unlock = async () => {
    setBusy(true);
    try {
      await releaseLocks(tokens);
      done(true);
    } catch (error) {
      showError(error);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => done()} title={t("locks.title")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <Text size="sm">{t("locks.text")}</Text>
        <List size="sm" spacing="xs">
          {conflicts.map((conflict, at) => {
            const key = `locks.by.${conflict.owner.application.type}`;
            return (
              <List.Item key={conflict.token ?? at}>
                <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                  {conflict.path ? shownName(nameOf(conflict.path)) || conflict.path : t("locks.hidden")}
                </Text>
                <Text size="sm" c="dimmed">
                  {i18n.exists(key) ? t(key) : conflict.owner.application.type}
                  {!conflict.token && ` · ${t("locks.ownerOnly")}`}
                </Text>
              </List.Item>
            );
          })}
        </List>
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
          <Button variant="light" onClick={() => done(true)}>
            {t("app.tryAgain")}
          </Button>
          <Button color="red.9" disabled={tokens.length < conflicts.length} loading={busy} onClick={() => void unlock()}>
            {t("locks.unlock")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
