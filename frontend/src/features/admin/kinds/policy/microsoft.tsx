/** A policy of OneDrive: letting the site into a drive at Microsoft, and finding the drive of a site of SharePoint. */
import { Code, CopyButton, Group, Loader, Tooltip, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { formatFullTime } from "@/ui/format";
import { beginSignIn, changePolicy, findDrive, type PolicyRow, redirectQuery, signInQuery } from "../../data/policies";
import { askForm } from "../../form/FormDialog";
import type { Deed } from "../../list/Detail";
import { asSent } from "./values";

export const isSignedInTo = ({ type }: PolicyRow) => type === "onedrive";

/** @param title of what asks for the address of a site */
export function signInDeeds(policy: PolicyRow, title: string): Deed[] {
  if (!isSignedInTo(policy)) return [];
  const signIn = async () => {
    const page = await beginSignIn({ id: policy.id, app_id: policy.bucket_name ?? "", secret: policy.secret_key ?? "" });
    window.location.assign(page);
    // This page is left; there is nothing to be told.
    return false;
  };
  const chooseSite = () =>
    askForm({
      title,
      fields: [{ name: "sharepoint", kind: "text", required: true, placeholder: "https://contoso.sharepoint.com/sites/team" }],
      values: { sharepoint: "" },
      action: title,
      submit: async ({ sharepoint }) => {
        const drive = await findDrive(policy.id, String(sharepoint));
        const sent = asSent(policy);
        await changePolicy(policy, { ...sent, settings: { ...(sent.settings as object), od_driver: drive } });
      },
    });
  return [
    { id: "signIn", run: signIn },
    ...(policy.access_key ? [{ id: "chooseSite", run: chooseSite }] : []),
  ];
}

/** What has to be told to Microsoft beforehand; copied with a click. */
export function Redirect() {
  const { t } = useTranslation();
  const { data } = useQuery(redirectQuery);
  if (!data) return <Loader size="xs" />;
  return (
    <CopyButton value={data}>
      {({ copied, copy }) => (
        <Tooltip label={t(copied ? "admin.copied" : "admin.copy")}>
          <UnstyledButton onClick={copy} aria-label={`${t("admin.copy")} ${data}`}>
            <Code style={{ overflowWrap: "anywhere" }}>{data}</Code>
          </UnstyledButton>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function SignIn({ policy }: { policy: PolicyRow }) {
  const { t } = useTranslation();
  const { data, isError } = useQuery(signInQuery(policy));
  if (!policy.access_key) return t("admin.policy.notSignedIn");
  if (!data) return isError ? t("admin.policy.signInLost") : <Loader size="xs" />;
  const time = data.last_refresh_time ? formatFullTime(data.last_refresh_time) : "–";
  return <Group gap="xs">{t(data.valid ? "admin.policy.signedIn" : "admin.policy.signInLost", { time })}</Group>;
}
