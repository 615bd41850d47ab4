/** Blobs that stayed where they were, and why. */
import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Failure } from "../../data/relocation";
import { word } from "../../words";

export function Failures({ all, count }: { all: Failure[]; count: number }) {
  const { t } = useTranslation();
  // Several versions of one file are told of once.
  const lines = new Set(all.map(({ path, reason }) => `${path}: ${word(`stays_${reason}`)}`));
  return (
    <Stack gap={4} mah={220} style={{ overflowY: "auto" }} tabIndex={0} role="region" aria-label={t("admin.columns.failures")}>
      {[...lines].map((line) => (
        <Text key={line} size="sm" style={{ overflowWrap: "anywhere" }}>
          {line}
        </Text>
      ))}
      {count > all.length && (
        <Text size="sm" c="dimmed">
          {t("admin.relocation.more", { count: count - all.length })}
        </Text>
      )}
    </Stack>
  );
}
