/** Names that a dialog is about, whole: what is cut off may be what tells one from another. */
import { Box, ScrollArea, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { shownName } from "@/ui/names";

/** More of them nobody reads. */
const MOST_SHOWN = 200;
/** Of so many all are in sight; more are scrolled. */
const IN_SIGHT_PX = 108;

export function Listed({ label, names }: { label: string; names: readonly string[] }) {
  const { t } = useTranslation();
  const more = names.length - MOST_SHOWN;
  return (
    <ScrollArea.Autosize mah={IN_SIGHT_PX} style={{ border: "1px solid var(--line)", borderRadius: 10 }} viewportProps={{ tabIndex: 0, role: "region", "aria-label": label }}>
      <Box component="ul" aria-label={label} m={0} px={12} py={8} style={{ listStyle: "none" }}>
        {names.slice(0, MOST_SHOWN).map((name) => (
          <Text key={name} component="li" size="sm" style={{ overflowWrap: "anywhere" }}>
            {shownName(name)}
          </Text>
        ))}
        {more > 0 && (
          <Text component="li" size="sm" c="dimmed">
            {t("taken.more", { count: more })}
          </Text>
        )}
      </Box>
    </ScrollArea.Autosize>
  );
}
