import { ColorSwatch, Group, SegmentedControl, Select, Switch, useMantineColorScheme } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import { useConfig } from "@/api/config";
import type { Settings } from "@/api/wire";
import { chooseLanguage, LANGUAGES, matchLanguage } from "@/shared/languages";
import { ACCENTS } from "@/ui/accents";
import { showError } from "@/shared/message";
import { changeSettings, changeUser } from "./data/settings";
import { Section } from "./Section";

export function AppearanceTab({ settings }: { settings: Settings }) {
  const { t, i18n } = useTranslation();
  const user = useAccount()?.user;
  const site = useConfig("basic")?.default_theme;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const accent = user?.preferred_theme || site;
  const accents = [...new Set([...(site ? [site] : []), ...ACCENTS])];
  const pick = (colour: string) => {
    changeUser({ preferred_theme: colour });
    changeSettings({ preferred_theme: colour }).catch(showError);
  };
  const speak = async (tag: string | null) => {
    if (!tag) return;
    const language = tag === "en" ? "en-US" : tag;
    changeUser({ language });
    // Sent before it is seen: whoever sees it may leave.
    changeSettings({ language }).catch(showError);
    await chooseLanguage(tag);
  };
  return (
    <>
      <Section title={t("app.language")}>
        <Select
          aria-label={t("app.language")}
          allowDeselect={false}
          value={matchLanguage([i18n.language])}
          onChange={(tag) => void speak(tag)}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
        />
      </Section>
      <Section title={t("app.theme")}>
        <SegmentedControl
          aria-label={t("app.theme")}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme as "light" | "dark" | "auto")}
          data={(["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`app.schemes.${value}`) }))}
        />
      </Section>
      <Section title={t("settings.accent")}>
        <Group gap="sm" role="group" aria-label={t("settings.accent")}>
          {accents.map((colour) => (
            <ColorSwatch
              key={colour}
              component="button"
              type="button"
              color={colour}
              size={34}
              aria-label={colour}
              aria-pressed={accent === colour}
              onClick={() => pick(colour)}
              style={{ cursor: "pointer", color: "#fff" }}
            >
              {accent === colour && <IconCheck size={18} />}
            </ColorSwatch>
          ))}
        </Group>
      </Section>
      <Section title={t("settings.views")} hint={t("settings.viewsHint")}>
        <Switch
          label={t("settings.viewSync")}
          checked={!settings.disable_view_sync}
          onChange={(event) => {
            const off = !event.currentTarget.checked;
            changeUser({ disable_view_sync: off });
            changeSettings({ disable_view_sync: off }).catch(showError);
          }}
        />
      </Section>
    </>
  );
}
