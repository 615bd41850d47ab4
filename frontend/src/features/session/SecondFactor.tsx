/** The second proof: six digits of the authenticator, or a recovery code when it is lost. */
import { Button, Group, PinInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Failure, Heading } from "./parts";

interface Props {
  busy: boolean;
  error: unknown;
  onCode: (code: string) => void;
  onBack: () => void;
}

export function SecondFactor({ busy, error, onCode, onBack }: Props) {
  const { t } = useTranslation();
  const [recovering, setRecovering] = useState(false);
  return (
    <Stack>
      <Heading title={t("session.twoFactor")}>{t(recovering ? "session.recoveryHint" : "session.twoFactorHint")}</Heading>
      <Failure error={error} />
      {recovering ? <Recovery busy={busy} onCode={onCode} /> : <Digits busy={busy} error={error} onCode={onCode} />}
      <Button variant="subtle" onClick={() => setRecovering(!recovering)}>
        {t(recovering ? "session.useDigits" : "session.useRecovery")}
      </Button>
      <Button variant="subtle" color="gray" c="var(--mantine-color-dimmed)" onClick={onBack}>
        {t("app.back")}
      </Button>
    </Stack>
  );
}

type Entry = Pick<Props, "busy" | "onCode">;

function Digits({ busy, error, onCode }: Entry & { error: unknown }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  // A code that was refused is typed anew, in fields that have the focus again.
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!error) return;
    setCode("");
    setRound((last) => last + 1);
  }, [error]);
  return (
    <Group justify="center">
      <PinInput
        key={round}
        length={6}
        type="number"
        inputMode="numeric"
        oneTimeCode
        autoFocus
        size="md"
        gap={8}
        value={code}
        disabled={busy}
        onChange={setCode}
        onComplete={onCode}
        aria-label={t("session.code")}
        getInputProps={(at) => ({ "aria-label": t("session.digit", { number: at + 1 }) })}
      />
    </Group>
  );
}

function Recovery({ busy, onCode }: Entry) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onCode(code);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("session.recoveryCode")}
          placeholder="abcd-efgh-jkmn"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          maxLength={64}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={busy}>
          {t("session.signIn")}
        </Button>
      </Stack>
    </form>
  );
}
