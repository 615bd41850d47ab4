/** Where the account is signed in. */
import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { IconDeviceDesktop, IconDeviceMobile } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import ConfirmDialog from "@/shared/ConfirmDialog";
import { ask } from "@/ui/dialogs";
import { formatFullTime } from "@/ui/format";
import { errorText, showDone, showError } from "@/shared/message";
import { endOtherSessions, endSession, sessionsQuery } from "./data/sessions";
import { Row } from "./Row";
import { Section } from "./Section";

/** What the server calls a program that it does not recognise. */
const UNKNOWN = "Unknown";
const HAND_HELD = /android|ios|iphone|ipad/i;

export function SessionsSection() {
  const { t } = useTranslation();
  const sessions = useQuery(sessionsQuery);
  const run = async (work: () => Promise<unknown>, said: string) => {
    try {
      await work();
      showDone(said);
    } catch (error) {
      showError(error);
    } finally {
      await queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    }
  };
  const end = (id: string) => run(() => endSession(id), t("settings.sessionEnded"));
  const endOthers = async () => {
    const sure = await ask<boolean>((done) => (
      <ConfirmDialog title={t("settings.endOthers")} text={t("settings.endOthersText")} action={t("settings.endOthers")} danger done={done} />
    ));
    if (sure) await run(endOtherSessions, t("settings.othersEnded"));
  };
  // The one that asks comes first: people look for what they do not know.
  const known = [...(sessions.data ?? [])].sort((a, b) => Number(b.current) - Number(a.current));
  return (
    <Section title={t("settings.sessions")} hint={t("settings.sessionsHint")}>
      {sessions.error && <Text role="alert">{errorText(sessions.error)}</Text>}
      {known.map((session) => {
        const name = [session.browser, session.os].filter((part) => part && part !== UNKNOWN).join(" · ") || session.user_agent || t("settings.unknownDevice");
        return (
          <Row
            key={session.id}
            icon={HAND_HELD.test(session.os) ? <IconDeviceMobile size={22} stroke={1.6} /> : <IconDeviceDesktop size={22} stroke={1.6} />}
            title={name}
            mark={session.current ? t("settings.thisDevice") : undefined}
            detail={[session.ip, t("settings.usedAt", { time: formatFullTime(session.last_used_at) })].filter(Boolean).join(" · ")}
            action={session.current ? undefined : t("app.signOut")}
            label={t("settings.endSession", { name })}
            onAction={() => void end(session.id)}
          />
        );
      })}
      {known.length > 1 && (
        <div>
          <Button variant="default" onClick={() => void endOthers()}>
            {t("settings.endOthers")}
          </Button>
        </div>
      )}
    </Section>
  );
}
