import { Button, Text } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { passkeysWork } from "@/api/passkey";
import type { Passkey, Settings } from "@/api/wire";
import { queryClient } from "@/api/query-client";
import ConfirmDialog from "@/shared/ConfirmDialog";
import { ask } from "@/ui/dialogs";
import { formatFullTime } from "@/ui/format";
import { showDone, showError, showTrouble } from "@/shared/message";
import { addPasskey, deletePasskey } from "./data/passkeys";
import { settingsQuery } from "@/shared/data/settings";
import { Row } from "./Row";
import { Section } from "./Section";

export function PasskeysSection({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const login = useConfig("login");
  const passkeys = settings.passkeys ?? [];
  if (!login?.authn && passkeys.length === 0) return null;
  const add = async () => {
    try {
      await addPasskey();
      showDone(t("settings.passkeyAdded"));
    } catch (error) {
      if (error instanceof DOMException && error.name === "NotAllowedError") return;
      if (error instanceof DOMException && error.name === "InvalidStateError") return showTrouble(t("settings.passkeyKnown"));
      showError(error);
    } finally {
      await queryClient.invalidateQueries(settingsQuery);
    }
  };
  const remove = async ({ id, name }: Passkey) => {
    const sure = await ask<boolean>((done) => (
      <ConfirmDialog title={t("settings.removePasskeyTitle")} text={t("settings.removePasskeyText", { name })} action={t("settings.remove")} danger done={done} />
    ));
    if (!sure) return;
    try {
      await deletePasskey(id);
    } catch (error) {
      showError(error);
    } finally {
      await queryClient.invalidateQueries(settingsQuery);
    }
  };
  return (
    <Section title={t("settings.passkeys")} hint={t("settings.passkeysHint")}>
      {passkeys.map((passkey) => (
        <Row
          key={passkey.id}
          icon={<IconFingerprint size={22} stroke={1.6} />}
          title={passkey.name}
          detail={passkey.used_at ? t("settings.usedAt", { time: formatFullTime(passkey.used_at) }) : t("settings.addedAt", { time: formatFullTime(passkey.created_at) })}
          action={t("settings.remove")}
          label={t("settings.removePasskey", { name: passkey.name })}
          onAction={() => void remove(passkey)}
        />
      ))}
      <div>
        <Button variant="default" disabled={!passkeysWork()} onClick={() => void add()}>
          {t("settings.addPasskey")}
        </Button>
      </div>
      {!passkeysWork() && (
        <Text size="sm" c="dimmed">
          {t("settings.noPasskeysHere")}
        </Text>
      )}
    </Section>
  );
}
