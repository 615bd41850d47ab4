import { Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Code, hasCode } from "@/api/error";
import { useAccount } from "@/api/use-account";
import type { Settings } from "@/api/wire";
import { AnchorLink } from "@/ui/links";
import { errorText, showDone } from "@/shared/message";
import { changeSettings } from "./data/settings";
import { Section } from "./Section";

const LEAST_PASSWORD = 6;

export function PasswordSection({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const email = useAccount()?.user.email;
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  if (settings.passwordless)
    return (
      <Section title={t("session.password")}>
        <Text size="sm">
          {t("settings.noPassword")}{" "}
          <AnchorLink to="/session/reset" search={{ id: undefined, secret: undefined, email }} size="sm" underline="always">
            {t("settings.setByMail")}
          </AnchorLink>
        </Text>
      </Section>
    );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await changeSettings({ current_password: current, new_password: next });
      setCurrent("");
      setNext("");
      showDone(t("session.passwordChanged"));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const wrong = hasCode(error, Code.wrongPassword);
  return (
    <Section title={t("session.password")} hint={t("settings.passwordHint")}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm" maw={420}>
          <input type="email" autoComplete="username" value={email ?? ""} readOnly hidden />
          <PasswordInput
            label={t("settings.currentPassword")}
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            error={wrong && t("settings.wrongPassword")}
          />
          <PasswordInput
            label={t("session.newPassword")}
            description={t("session.passwordRule", { count: LEAST_PASSWORD })}
            autoComplete="new-password"
            required
            minLength={LEAST_PASSWORD}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
          />
          {!!error && !wrong && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {errorText(error)}
            </Text>
          )}
          <Group>
            <Button type="submit" loading={busy} disabled={!current || next.length < LEAST_PASSWORD}>
              {t("session.setPassword")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
