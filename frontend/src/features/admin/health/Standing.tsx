/** Whether a storage can be used now, and how much room it has. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { formatBytes } from "@/ui/format";
import type { PolicyHealth } from "../data/health";

interface Props {
  policy: Pick<PolicyHealth, "away" | "free" | "total">;
}

export function Works({ policy: { away } }: Props) {
  const { t } = useTranslation();
  if (away === undefined) return <>{t("admin.health.works")}</>;
  return (
    <Text size="sm" c="red.9" style={{ overflowWrap: "anywhere" }}>
      {t("admin.health.away", { why: away })}
    </Text>
  );
}

export function RoomLeft({ policy: { free, total } }: Props) {
  const { t } = useTranslation();
  if (free === undefined || total === undefined) return <>–</>;
  return <>{t("admin.health.room", { free: formatBytes(free), total: formatBytes(total) })}</>;
}
