/** Whether a storage can be used now, and how much room it has. */
import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatBytes } from "@/ui/format";
import type { PolicyHealth } from "../data/health";

interface Props {
  policy: Pick<PolicyHealth, "away" | "members_away" | "lacking" | "free" | "total">;
}

/** A mirror works while enough of its members do; those that do not are named. */
export function Works({ policy: { away, members_away: members, lacking } }: Props) {
  const { t } = useTranslation();
  const works = away === undefined;
  if (works && members.length === 0) return <>{t("admin.health.works")}</>;
  return (
    <Stack gap={0} style={{ overflowWrap: "anywhere" }}>
      <Text size="sm" c={works ? undefined : "red.9"}>
        {works ? t("admin.health.works") : t("admin.health.away", { why: away })}
      </Text>
      {members.map(({ id, name, why }) => (
        <Text key={id} size="sm" c="orange.9">
          {t("admin.health.memberAway", { name, why })}
        </Text>
      ))}
      {members.length > 0 && lacking > 0 && (
        <Text size="sm" c="orange.9">
          {t("admin.health.lacking", { count: lacking })}
        </Text>
      )}
    </Stack>
  );
}

export function RoomLeft({ policy: { free, total } }: Props) {
  const { t } = useTranslation();
  if (free === undefined || total === undefined) return <>–</>;
  return <>{t("admin.health.room", { free: formatBytes(free), total: formatBytes(total) })}</>;
}
