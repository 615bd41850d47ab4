/** Where an administrator comes back to who let the site into a drive at Microsoft. */
import { Alert, Center, Loader, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Navigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { May } from "@/api/bits";
import { useMay } from "@/api/use-account";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import { finishSignInQuery } from "./data/policies";
import { PageLink } from "./PageLink";
import { refusal } from "./refusal";
import { useTexts } from "./texts";

export function SignedInPage() {
  const may = useMay(May.administrate);
  const ready = useTexts();
  if (!may) return <Navigate to="/home" search={{}} />;
  return ready ? <SignedIn /> : <Waiting />;
}

const Waiting = () => (
  <Center h="60vh">
    <Loader />
  </Center>
);

function SignedIn() {
  const { t } = useTranslation();
  const { code, state, error } = useSearch({ from: "/shell/admin/policy/oauth" });
  const isAnswered = Boolean(code && state);
  const { isSuccess, error: refused } = useQuery({ ...finishSignInQuery({ code: code ?? "", state: state ?? "" }), enabled: isAnswered });
  useTitle(t("admin.policy.signInTitle"));
  if (isAnswered && !refused && !isSuccess) return <Waiting />;
  const why = refused ? refusal(refused) : (error ?? t("admin.policy.signInNothing"));
  return (
    <ScrolledPage p={{ base: "md", sm: "lg" }}>
      <Stack align="flex-start">
        <Title order={1} size="h3">
          {t("admin.policy.signInTitle")}
        </Title>
        {isSuccess ? <Alert color="green">{t("admin.policy.signInDone")}</Alert> : <Alert color="red" title={t("admin.policy.signInFailed")}>{why}</Alert>}
        <PageLink page="policies" search={{}}>{t("admin.pages.policies")}</PageLink>
      </Stack>
    </ScrolledPage>
  );
}
