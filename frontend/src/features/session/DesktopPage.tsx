/** Hands the code over to the desktop program. */
import { Button, Stack } from "@mantine/core";
import { Navigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { MY_ROOT } from "@/api/uri";
import { useAccount } from "@/api/use-account";
import { Heading } from "./parts";

export function DesktopPage() {
  const { t } = useTranslation();
  const { code = "", state = "" } = useSearch({ from: "/session/desktop" });
  const account = useAccount();
  const title = useConfig("basic")?.title ?? "";
  if (!account) return <Navigate to="/session" search={{ redirect: location.pathname + location.search }} />;
  const query = new URLSearchParams({ code, state, user_id: account.user.id, path: MY_ROOT, name: title });
  return (
    <Stack>
      <Heading title={t("session.openDesktop")}>{t("session.openDesktopHint")}</Heading>
      <Button component="a" href={`cloudreve://mount?${query}`}>
        {t("session.openDesktop")}
      </Button>
    </Stack>
  );
}
