import { Button, Divider, Group, PasswordInput, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { IconFingerprint } from "@tabler/icons-react";
import { Navigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { AnchorLink } from "@/ui/links";
import { useConfig } from "@/api/config";
import { ApiError, Code, hasCode } from "@/api/error";
import { passkeysWork } from "@/api/passkey";
import { goToProvider, type Provider, providersOf } from "@/api/providers";
import { useAccounts } from "@/api/use-account";
import type { SignedIn } from "@/api/wire";
import type { CaptchaAnswer } from "./Captcha";
import { signInWithPasskey } from "./data/passkey";
import { signInWithCode, signInWithPassword } from "./data/password";
import { enter, isFirstRun, rememberTarget } from "./enter";
import { Failure, Heading, SaidError } from "./parts";
import { ProviderButton } from "./ProviderButton";

// Shown to some, or later.
const AccountList = lazy(() => import("./AccountList").then((module) => ({ default: module.AccountList })));
const Captcha = lazy(() => import("./Captcha").then((module) => ({ default: module.Captcha })));
const SecondFactor = lazy(() => import("./SecondFactor").then((module) => ({ default: module.SecondFactor })));

export function SignInPage() {
  const { t } = useTranslation();
  const { redirect, email: given } = useSearch({ from: "/session/" });
  const login = useConfig("login");
  const [email, setEmail] = useState(given ?? "");
  const [password, setPassword] = useState("");
  const [captcha, setCaptcha] = useState<CaptchaAnswer>({});
  const [round, setRound] = useState(0);
  const [otpSession, setOtpSession] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [another, setAnother] = useState(false);
  const known = Object.keys(useAccounts().accounts).length > 0;

  useEffect(() => {
    // Chosen from the list of accounts: the page stays, its address changes.
    if (given) setEmail(given);
  }, [given]);

  const attempt = async (work: () => Promise<SignedIn>) => {
    setBusy(true);
    setError(undefined);
    try {
      await enter(await work(), redirect);
    } catch (caught) {
      if (hasCode(caught, Code.continue)) setOtpSession(String((caught as ApiError).data));
      else if (otpSession && hasCode(caught, Code.notFound)) {
        // The sign-in waited too long, or had too many wrong codes: it begins anew.
        setOtpSession(undefined);
        setError(new SaidError(t("session.tooLate")));
      } else if (!(caught instanceof DOMException && caught.name === "NotAllowedError")) setError(caught);
      setRound((last) => last + 1);
    } finally {
      setBusy(false);
    }
  };

  const withPassword = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      try {
        return await signInWithPassword(email, password, login?.login_captcha ? captcha : undefined);
      } catch (caught) {
        // What can be nobody's password is a wrong one.
        throw hasCode(caught, Code.badRequest) ? new SaidError(t("errors.40080")) : caught;
      }
    });
  };

  const withPasskey = () => void attempt(signInWithPasskey);

  const withProvider = (provider: Provider) => {
    // Where to go on is remembered here: the provider brings back nothing but its answer.
    rememberTarget(redirect);
    void attempt(async () => {
      await goToProvider(provider.id, { hint: email });
      return await new Promise<SignedIn>(() => {});
    });
  };

  const backToPassword = () => {
    setOtpSession(undefined);
    setError(undefined);
  };

  if (isFirstRun()) return <Navigate to="/session/signup" search={{ redirect }} />;
  if (known && !another && !given) return <AccountList redirect={redirect} onOther={() => setAnother(true)} />;
  if (otpSession)
    return (
      <SecondFactor
        busy={busy}
        error={error}
        onBack={backToPassword}
        onCode={(otp) => void attempt(() => signInWithCode(otp, otpSession))}
      />
    );

  const providers = providersOf(login);

  return (
    <>
      <Heading title={t("session.signIn")}>{redirect ? t("session.signInAgain") : t("session.welcomeBack")}</Heading>
      <form onSubmit={withPassword}>
        <Stack gap="md">
          <Failure error={error} />
          <TextInput
            label={t("session.email")}
            type="email"
            name="email"
            autoComplete="username webauthn"
            autoFocus={!given}
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <div>
            <PasswordInput
              label={t("session.password")}
              name="password"
              autoComplete="current-password"
              autoFocus={!!given}
              required
              value={password}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Group justify="end" mt={6}>
              <AnchorLink to="/session/reset" search={{ id: undefined, secret: undefined, email: email || undefined }} size="sm">
                {t("session.forgot")}
              </AnchorLink>
            </Group>
          </div>
          {login?.login_captcha && (
            <Suspense fallback={<Skeleton h={60} />}>
              <Captcha round={round} onAnswer={setCaptcha} />
            </Suspense>
          )}
          <Button type="submit" size="md" loading={busy} fullWidth>
            {t("session.signIn")}
          </Button>
        </Stack>
      </form>
      {((login?.authn && passkeysWork()) || providers.length > 0) && (
        <Stack gap="sm" mt="md">
          <Divider label={t("session.or")} />
          {login?.authn && passkeysWork() && (
            <Button variant="default" leftSection={<IconFingerprint size={18} />} onClick={withPasskey} disabled={busy}>
              {t("session.withPasskey")}
            </Button>
          )}
          {providers.map((provider) => (
            <ProviderButton key={provider.id} provider={provider} disabled={busy} onChoose={() => withProvider(provider)} />
          ))}
        </Stack>
      )}
      {login?.register_enabled && (
        <Text size="sm" ta="center" mt="lg" c="dimmed">
          {t("session.noAccount")}{" "}
          <AnchorLink to="/session/signup" search={{ redirect }} size="sm" underline="always">
            {t("session.signUp")}
          </AnchorLink>
        </Text>
      )}
    </>
  );
}
