import { Center, Loader, Tabs, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconDatabase, IconPalette, IconShieldLock, IconUser } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import { AppearanceTab } from "./AppearanceTab";
import { settingsQuery } from "@/shared/data/settings";
import { ProfileTab } from "./ProfileTab";
import { SecurityTab } from "./SecurityTab";
import { StorageTab } from "./StorageTab";
import classes from "./settings.module.css";

const TABS = [
  ["profile", IconUser, ProfileTab],
  ["security", IconShieldLock, SecurityTab],
  ["appearance", IconPalette, AppearanceTab],
  ["storage", IconDatabase, StorageTab],
] as const;

export function SettingsPage() {
  const { t } = useTranslation();
  useTitle(t("settings.title"));
  const navigate = useNavigate();
  const { tab = "profile" } = useSearch({ from: "/shell/settings" });
  const narrow = useMediaQuery("(max-width: 48em)");
  const settings = useQuery(settingsQuery);
  return (
    <ScrolledPage p={{ base: "md", sm: "xl" }}>
      <Title order={1} size="h3" mb="lg">
        {t("settings.title")}
      </Title>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: "/settings", search: { tab: next ?? undefined }, replace: true })}
        orientation={narrow ? "horizontal" : "vertical"}
        variant="pills"
        color="accent"
        styles={{ tabLabel: { flex: "0 1 auto" }, tab: narrow ? { paddingInline: 12, flex: "none" } : {} }}
      >
        <Tabs.List className={narrow ? classes.strip : classes.side}>
          {TABS.map(([id, Icon]) => (
            <Tabs.Tab key={id} value={id} leftSection={!narrow && <Icon size={18} stroke={1.7} />}>
              {t(`settings.tabs.${id}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map(([id, , Tab]) => (
          <Tabs.Panel key={id} value={id} maw={680}>
            {tab !== id ? null : settings.data ? (
              <Tab settings={settings.data} />
            ) : settings.error ? (
              <Text role="alert">{errorText(settings.error)}</Text>
            ) : (
              <Center h={200}>
                <Loader />
              </Center>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </ScrolledPage>
  );
}
