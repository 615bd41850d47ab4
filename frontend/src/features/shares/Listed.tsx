/** Tells that a share is found without its link as well, and where to change that. */
import { Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { settingsQuery } from "@/shared/data/settings";
import { router } from "@/shared/router";
import { type Audience, isListed } from "./audience";

interface Props {
  audience: Audience;
  /** Whether it has a password. */
  secret: boolean;
  /** Closes the dialog that tells. */
  leave: () => void;
}

export function Listed({ audience, secret, leave }: Props) {
  const { t } = useTranslation();
  const settings = useQuery(settingsQuery).data;
  if (!settings || !isListed(audience, secret, settings.share_links_in_profile)) return null;
  const change = () => {
    leave();
    void router.navigate({ to: "/settings", search: { tab: "profile" } });
  };
  return (
    <Text size="sm" c="dimmed">
      {t("shares.listed")}{" "}
      <Anchor component="button" type="button" size="sm" underline="always" onClick={change}>
        {t("shares.changeListed")}
      </Anchor>
    </Text>
  );
}
