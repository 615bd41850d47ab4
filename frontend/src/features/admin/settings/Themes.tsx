/** The colours that people can choose from, as they look on light and on dark. */
import { Badge, Box, ColorSwatch, Group, Paper, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Theme, themesOf } from "./theme-options";

const GROUNDS = { light: "#ffffff", dark: "#16181c" } as const;

export function Themes({ value, usual }: { value: string; usual: string }) {
  const { t } = useTranslation();
  const themes = themesOf(value);
  if (themes.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" role="list" aria-label={t("admin.themes")}>
      {themes.map((theme) => (
        <Paper key={theme.name} withBorder p="xs" role="listitem">
          <Group justify="space-between" mb="xs">
            <Text size="sm" fw={600}>
              {theme.name}
            </Text>
            {theme.name === usual && (
              <Badge variant="light" tt="none">
                {t("admin.usualTheme")}
              </Badge>
            )}
          </Group>
          <Group grow gap="xs">
            <Colours theme={theme} on="light" />
            <Colours theme={theme} on="dark" />
          </Group>
        </Paper>
      ))}
    </SimpleGrid>
  );
}

function Colours({ theme, on }: { theme: Theme; on: "light" | "dark" }) {
  const { t } = useTranslation();
  const colours = theme[on];
  const said = `${t(`app.schemes.${on}`)}: ${colours.join(", ")}`;
  return (
    <Box bg={GROUNDS[on]} p="xs" role="img" aria-label={said} title={said} style={{ borderRadius: "var(--mantine-radius-sm)", border: "1px solid var(--mantine-color-default-border)" }}>
      <Group gap="xs" mih={26}>
        {colours.map((colour) => (
          <ColorSwatch key={colour} color={colour} size={26} />
        ))}
      </Group>
    </Box>
  );
}
