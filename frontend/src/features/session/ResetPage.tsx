import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnchorLink, ButtonLink } from "@/ui/links";
import { useConfig } from "@/api/config";
import { Captcha, type CaptchaAnswer } from "./Captcha";
import { askForReset, resetPassword } from "./data/reset";
import { Failure, Heading } from "./parts";

export function ResetPage() {
  const { id, secret, email } = useSearch({ from: "/session/reset" });
  return id && secret ? <NewPassword id={id} secret={secret} /> : <AskForMail known={email} />;
}

function AskForMail({ known = "" }: { known?: string }) {
  const { t, i18n } = useTranslation();
  const login = useConfig("login");
  const [email, setEmail] = useState(known);
  const [captcha, setCaptcha] = useState<CaptchaAnswer>({});
  const [round, setRound] = useState(0);
  const [state, setState] = useState<{ error?: unknown; busy?: boolean; sent?: boolean }>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await askForReset({ email, language: i18n.language, ...(login?.forget_captcha ? captcha : {}) });
      setState({ sent: true });
    } catch (error) {
      setState({ error });
      setRound((last) => last + 1);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Heading title={t("session.reset")}>{state.sent ? t("session.resetSent", { email }) : t("session.resetHint")}</Heading>
      <Stack>
        <Failure error={state.error} />
        {!state.sent && (
          <>
            <TextInput
              label={t("session.email")}
              type="email"
              autoComplete="username"
              required
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            {login?.forget_captcha && <Captcha round={round} onAnswer={setCaptcha} />}
            <Button type="submit" size="md" loading={state.busy}>
              {t("session.sendMail")}
            </Button>
          </>
        )}
        <AnchorLink to="/session" size="sm" ta="center">
          {t("session.backToSignIn")}
        </AnchorLink>
      </Stack>
    </form>
  );
}

function NewPassword({ id, secret }: { id: string; secret: string }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [state, setState] = useState<{ error?: unknown; busy?: boolean; done?: boolean }>({});
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await resetPassword(id, secret, password);
      setState({ done: true });
    } catch (error) {
      setState({ error });
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Heading title={t("session.newPassword")}>{state.done ? t("session.passwordChanged") : undefined}</Heading>
      <Stack>
        <Failure error={state.error} />
        {state.done ? (
          <ButtonLink to="/session">
            {t("session.signIn")}
          </ButtonLink>
        ) : (
          <>
            <PasswordInput
              label={t("session.newPassword")}
              autoComplete="new-password"
              minLength={6}
              required
              autoFocus
              value={password}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" size="md" loading={state.busy}>
              {t("session.setPassword")}
            </Button>
          </>
        )}
      </Stack>
    </form>
  );
}
