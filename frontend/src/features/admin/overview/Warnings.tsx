/** What an administrator should know of before it hurts. */
import { Alert, Stack } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { components } from "@/api/schema.gen";
import { formatBytes } from "@/ui/format";
import { damagedIn, healthQuery } from "../data/health";
import { PageLink } from "../PageLink";

type Summary = components["schemas"]["SiteSummary"];

/** Less room than this is little: a tenth of the disk, or five gigabytes. */
const LITTLE_SHARE = 0.1;
const LITTLE_BYTES = 5 * 1024 ** 3;
/** As many wrong tries in a day are more than people make. */
const MANY_TRIES = 100;

export function Warnings({ summary: { site_urls, state } }: { summary: Summary }) {
  const { t } = useTranslation();
  const isHere = site_urls.some((url) => url === location.origin);
  const isFull = state.disk_total > 0 && (state.disk_free < LITTLE_BYTES || state.disk_free < state.disk_total * LITTLE_SHARE);
  const { data: health } = useQuery(healthQuery);
  const damaged = damagedIn(health);
  const away = health?.policies.filter((policy) => policy.away !== undefined) ?? [];
  const without = health?.policies.filter((policy) => policy.away === undefined && policy.members_away.length > 0) ?? [];
  const found = [
    !isHere && { id: "url", text: t("admin.alerts.url", { here: location.origin }), search: "siteURL" },
    !state.has_mail && { id: "mail", text: t("admin.alerts.mail"), search: "smtp" },
    isFull && { id: "disk", text: t("admin.alerts.disk", { free: formatBytes(state.disk_free) }), search: undefined },
    state.failed_sign_ins > MANY_TRIES && { id: "tries", text: t("admin.alerts.tries", { count: state.failed_sign_ins }), search: undefined },
  ].filter((one) => one !== false);
  return (
    <Stack gap="xs">
      {away.map(({ id, name, away: why }) => (
        <Alert key={id} color="red" icon={<IconAlertTriangle size={18} />}>
          {t("admin.alerts.away", { name, why })}{" "}
          <PageLink page="health" search={{}}>
            {t("admin.pages.health")}
          </PageLink>
        </Alert>
      ))}
      {without.map(({ id, name, members_away: members, lacking }) => (
        <Alert key={id} color="yellow" icon={<IconAlertTriangle size={18} />}>
          {members.map((member) => t("admin.alerts.memberAway", { name, member: member.name, why: member.why })).join(" ")}{" "}
          {lacking > 0 && t("admin.health.lacking", { count: lacking })}{" "}
          <PageLink page="health" search={{}}>
            {t("admin.pages.health")}
          </PageLink>
        </Alert>
      ))}
      {damaged > 0 && (
        <Alert color="red" icon={<IconAlertTriangle size={18} />}>
          {t("admin.alerts.damaged", { count: damaged })}{" "}
          <PageLink page="health" search={{}}>
            {t("admin.pages.health")}
          </PageLink>
        </Alert>
      )}
      {found.map(({ id, text, search }) => (
        <Alert key={id} color="yellow" icon={<IconAlertTriangle size={18} />}>
          {text}{" "}
          {search && (
            <PageLink page="settings" search={{ q: search }}>
              {t("admin.setIt")}
            </PageLink>
          )}
        </Alert>
      ))}
    </Stack>
  );
}
