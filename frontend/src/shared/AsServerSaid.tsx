/** What the server said, in English, below the same in the words of whoever reads it. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./as-server-said.module.css";

export function AsServerSaid({ children }: { children: string }) {
  const { t, i18n } = useTranslation();
  const said = (
    <Text size="xs" c="var(--mantine-color-text)" mt={4} lang="en" style={{ overflowWrap: "anywhere" }}>
      {children}
    </Text>
  );
  if (i18n.language.startsWith("en")) return said;
  // Who reads another language is asked first.
  return (
    <details className={classes.details}>
      <summary>{t("app.asServerSaid")}</summary>
      {said}
    </details>
  );
}
