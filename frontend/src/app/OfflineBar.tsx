import { Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

export function OfflineBar() {
  const { t } = useTranslation();
  const { online } = useNetwork();
  if (online) return null;
  return (
    <Text role="status" size="sm" ta="center" c="#fff" bg="#8a4b08" px="sm" py={4}>
      {t("app.offline")}
    </Text>
  );
}
