import { Loader, Stack } from "@mantine/core";
import { useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "@/ui/links";
import { call } from "@/api/client";
import type { SignedIn } from "@/api/wire";
import { enter } from "./enter";
import { Failure, Heading } from "./parts";

export function OpenIdPage() {
  const { t } = useTranslation();
  const { provider } = useParams({ from: "/session/openid/$provider" });
  const { code = "", state = "" } = useSearch({ from: "/session/openid/$provider" });
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const json = { code, session_id: state, provider_id: Number(provider) };
    call<SignedIn | undefined>("POST", "/session/openid", { json })
      .then((signedIn) => (signedIn ? enter(signedIn) : location.assign("/settings?tab=security")))
      .catch(setError);
  }, [code, state, provider]);
  return (
    <Stack>
      <Heading title={t("session.signIn")} />
      {error ? (
        <>
          <Failure error={error} />
          <ButtonLink to="/session">
            {t("session.backToSignIn")}
          </ButtonLink>
        </>
      ) : (
        <Loader />
      )}
    </Stack>
  );
}
