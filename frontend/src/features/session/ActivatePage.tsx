import { Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "@/ui/links";
import { activationQuery } from "./data/activation";
import { Failure, Heading } from "./parts";

export function ActivatePage() {
  const { t } = useTranslation();
  const { id = "", sign = "" } = useSearch({ from: "/session/activate" });
  const activated = useQuery(activationQuery(id, sign));
  return (
    <Stack>
      <Heading title={t("session.activation")}>{activated.isSuccess ? t("session.activated") : undefined}</Heading>
      {activated.isPending && <Loader />}
      <Failure error={activated.error} />
      <ButtonLink to="/session" search={{ email: activated.data?.email }} disabled={activated.isPending}>
        {t("session.signIn")}
      </ButtonLink>
    </Stack>
  );
}
