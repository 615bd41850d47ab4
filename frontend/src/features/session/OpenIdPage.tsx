/** The way back from a provider: signs in, or links the account that began. */
import { Loader, Stack } from "@mantine/core";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { router } from "@/shared/router";
import { ButtonLink } from "@/ui/links";
import { finishOpenId } from "./data/openid";
import { enter, takeTarget } from "./enter";
import { Failure, Heading, SaidError } from "./parts";

/** What the provider brought is good once: it is handed over once, however often the page is drawn. */
const handed = new Set<string>();

export function OpenIdPage() {
  const { t } = useTranslation();
  const { provider } = useParams({ from: "/session/openid/$provider" });
  const { code, state = "", error: refusal } = useSearch({ from: "/session/openid/$provider" });
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    if (!code) return setError(new SaidError(t(refusal === "access_denied" ? "session.providerDenied" : "session.providerFailed")));
    if (handed.has(state)) return;
    handed.add(state);
    finishOpenId({ provider: Number(provider), code, state })
      .then((signedIn) => (signedIn ? enter(signedIn, takeTarget()) : router.navigate({ to: "/settings", search: { tab: "security" } })))
      .catch(setError);
  }, [code, state, provider, refusal, t]);
  return (
    <Stack>
      <Heading title={t("session.signIn")} />
      {error ? (
        <>
          <Failure error={error} />
          <ButtonLink to="/session">{t("session.backToSignIn")}</ButtonLink>
        </>
      ) : (
        <Loader role="status" aria-label={t("app.loading")} />
      )}
    </Stack>
  );
}
