/** When the storages were asked last: what is said of them was true then. */
import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const SECOND_MS = 1_000;

export function Asked({ at }: { at: number }) {
  const { t } = useTranslation();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  const count = Math.max(0, Math.round((now - at) / SECOND_MS));
  return (
    <Text size="sm" c="dimmed">
      {t("admin.health.asked", { count })}
    </Text>
  );
}
