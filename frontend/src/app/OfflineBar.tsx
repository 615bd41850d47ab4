import { Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { reach } from "@/api/reach";

/** Says that there is no way to the server, whichever end is to blame. */
export function OfflineBar() {
  const { t } = useTranslation();
  const { online } = useNetwork();
  const away = useSyncExternalStore(reach.subscribe, reach.away);
  if (online && !away) return null;
  return (
    <Text role="status" size="sm" ta="center" c="#fff" bg="#8a4b08" px="sm" py={4}>
      {online ? t("app.serverAway") : t("app.offline")}
    </Text>
  );
}
