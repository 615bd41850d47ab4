/** The README of a shared folder, below its list. */
import { Button, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { childUri, withoutQuery } from "@/api/uri";
import { fetchContent } from "@/api/bytes";
import { folderQuery } from "@/shared/data/folder";
import { linkTo } from "@/shared/data/links";
import { NAMES, readmeIn } from "./readme-name";
import classes from "./share.module.css";

const Markdown = lazy(() => import("@/shared/Markdown"));

/** @param counted reading it takes one of few downloads, so it is read only when asked for */
export function Readme({ uri, counted }: { uri: string; counted: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState<string>();
  const [wanted, setWanted] = useState(!counted);
  const [missing, setMissing] = useState(false);
  // The list above has asked for it already.
  const listing = useInfiniteQuery(folderQuery(withoutQuery(uri)));
  const known = readmeIn(listing.data?.pages.flatMap((page) => page.files) ?? []);
  const odd = known && !NAMES.includes(known) ? known : undefined;
  useEffect(() => {
    if (!wanted) return;
    let gone = false;
    setMissing(false);
    const read = async () => {
      for (const name of odd ? [odd] : NAMES) {
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
  }, [uri, wanted, odd]);
  // What was read of a long list may not be all.
  if (!wanted && !known && !listing.hasNextPage) return null;
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
