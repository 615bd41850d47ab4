/** The README of a shared folder, below its list. */
import { Button, Text } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { childUri } from "@/api/uri";
import { fetchContent } from "@/api/bytes";
import { linkTo } from "@/shared/data/links";
import classes from "./share.module.css";

const Markdown = lazy(() => import("@/shared/Markdown"));
const NAMES = ["README.md", "README.txt"];

/** @param counted reading it takes one of few downloads, so it is read only when asked for */
export function Readme({ uri, counted }: { uri: string; counted: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string>();
  const [wanted, setWanted] = useState(!counted);
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    const read = async () => {
      for (const name of NAMES) {
        try {
          const response = await fetchContent(await linkTo({ path: childUri(uri, name) }));
          if (response.ok && !gone) return setText(await response.text());
        } catch {
          // There is none of that name.
        }
      }
      if (!gone) setMissing(true);
    };
    void read();
    return () => void (gone = true);
  }, [uri, wanted]);
  if (!wanted)
    return (
      <div className={classes.ask}>
        <Button variant="subtle" onClick={() => setWanted(true)}>
          {t("shares.readReadme")}
        </Button>
      </div>
    );
  if (missing && counted)
    return (
      <Text className={classes.ask} c="dimmed" role="status">
        {t("shares.noReadme")}
      </Text>
    );
  if (!text) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
    <section className={classes.readme} aria-label="README" tabIndex={0}>
      <Suspense fallback={null}>
        <Markdown text={text} />
      </Suspense>
    </section>
  );
}
