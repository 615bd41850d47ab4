/** Whom a share is for and how long, in a few words. */
import { Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Share } from "@/api/wire";
import { formatTime } from "@/ui/format";
import { audienceOf } from "./audience";

export function ShareState({ share }: { share: Share }) {
  const { t } = useTranslation();
  if (share.expired)
    return (
      <Badge variant="default" tt="none">
        {t("shares.expired")}
      </Badge>
    );
  const { who, rights } = audienceOf(share.permission_setting);
  return (
    <Group gap={6}>
      <Badge variant="light" tt="none">
        {t(`shares.audience.${who}`)}
      </Badge>
      {rights !== "read" && (
        <Badge variant="light" tt="none">
          {t(`shares.can.${rights}`)}
        </Badge>
      )}
      {share.is_private && (
        <Badge variant="light" tt="none">
          {t("shares.withPassword")}
        </Badge>
      )}
      {share.expires && (
        <Text size="sm" c="dimmed">
          {t("shares.until", { time: formatTime(share.expires) })}
        </Text>
      )}
    </Group>
  );
}
