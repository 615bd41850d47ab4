import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { IconMailCheck } from "@tabler/icons-react";
import { useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnchorLink, ButtonLink } from "@/ui/links";
import { useConfig } from "@/api/config";
import { Code, hasCode } from "@/api/error";
import { router } from "@/shared/router";
import { Captcha, type CaptchaAnswer } from "./Captcha";
import { signInWithPassword } from "./data/password";
import { signUp } from "./data/sign-up";
import { endFirstRun, enter, isFirstRun } from "./enter";
import { Failure, Heading } from "./parts";

const LEAST_PASSWORD = 6;

export function SignUpPage() {
  const { t, i18n } = useTranslation();
  const { redirect } = useSearch({ from: "/session/signup" });
  const login = useConfig("login");
  const [first] = useState(isFirstRun);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [captcha, setCaptcha] = useState<CaptchaAnswer>({});
  const [round, setRound] = useState(0);
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [mailed, setMailed] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signUp({ email, password, language: i18n.language, ...(login?.reg_captcha ? captcha : {}) });
      endFirstRun();
      if (login?.login_captcha) await router.navigate({ to: "/session", search: { redirect, email } });
      else await enter(await signInWithPassword(email, password), redirect);
    } catch (caught) {
      if (hasCode(caught, Code.continue, Code.mailedAgain)) {
        endFirstRun();
        setMailed(true);
      } else setError(caught);
      setRound((last) => last + 1);
    } finally {
      setBusy(false);
    }
  };

  if (mailed)
    return (
      <Stack align="center" ta="center">
        <IconMailCheck size={44} stroke={1.4} />
        <Heading title={t("session.checkMail")}>{t("session.checkMailHint", { email })}</Heading>
        <ButtonLink to="/session" variant="default">
          {t("session.signIn")}
        </ButtonLink>
      </Stack>
    );
  if (login && !login.register_enabled && !first)
    return (
      <>
        <Heading title={t("session.signUp")}>{t("session.closed")}</Heading>
        <ButtonLink to="/session" variant="default">
          {t("session.signIn")}
        </ButtonLink>
      </>
    );

  const short = password.length > 0 && password.length < LEAST_PASSWORD;
  const differs = again.length > 0 && again !== password;
  return (
    <>
      <Heading title={first ? t("session.firstRun") : t("session.signUp")}>
        {first ? t("session.firstRunHint") : t("session.signUpHint")}
      </Heading>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Failure error={error} />
          <TextInput
            label={t("session.email")}
            type="email"
            name="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("session.password")}
            description={t("session.passwordRule", { count: LEAST_PASSWORD })}
            error={short && t("session.tooShort")}
            name="new-password"
            autoComplete="new-password"
            required
            value={password}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t("session.passwordAgain")}
            error={differs && t("session.differs")}
            autoComplete="new-password"
            required
            value={again}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            onChange={(event) => setAgain(event.currentTarget.value)}
          />
          {login?.reg_captcha && <Captcha round={round} onAnswer={setCaptcha} />}
          <Button type="submit" size="md" loading={busy} disabled={short || again !== password}>
            {first ? t("session.createAdmin") : t("session.signUp")}
          </Button>
        </Stack>
      </form>
      {!first && (
        <Text size="sm" ta="center" mt="lg" c="dimmed">
          {t("session.haveAccount")}{" "}
          <AnchorLink to="/session" search={{ redirect }} size="sm" underline="always">
            {t("session.signIn")}
          </AnchorLink>
        </Text>
      )}
    </>
  );
}
