import { Text } from "@mantine/core";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { shownName } from "@/ui/names";
import { type LeftOut as Entry, leftOutOf } from "./types";
import classes from "./tasks.module.css";

/** What a task did not do, and why; and what it found there already. */
export function LeftOut({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { listed, more, there, listedThere } = leftOutOf(task);
  return (
    <>
      {there > 0 && (
        <section aria-label={t("tasks.there")}>
          <Text component="h2" fw={600} size="sm" mb={6}>
            {t("tasks.thereStays", { count: there })}
          </Text>
          <Listed entries={listedThere} more={there - listedThere.length} />
        </section>
      )}
      {listed.length + more > 0 && (
        <section aria-label={t("tasks.leftOut")}>
          <Text component="h2" fw={600} size="sm" mb={6}>
            {t("tasks.leftOut")}
          </Text>
          <Listed entries={listed} more={more} reasons />
        </section>
      )}
    </>
  );
}

function Listed({ entries, more, reasons }: { entries: Entry[]; more: number; reasons?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      {entries.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        <div className={classes.scroll} tabIndex={0}>
          {reasons ? (
            <dl className={classes.left}>
              {entries.map(({ name, reason }, at) => (
                <Fragment key={at}>
                  <dt>{shownName(name)}</dt>
                  <dd>{t(`tasks.reasons.${reason}`, { defaultValue: reason })}</dd>
                </Fragment>
              ))}
            </dl>
          ) : (
            <ul className={classes.there}>
              {entries.map(({ name }, at) => (
                <li key={at}>{shownName(name)}</li>
              ))}
            </ul>
          )}
        </div>
      )}
      {more > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {t("tasks.moreLeftOut", { count: more })}
        </Text>
      )}
    </>
  );
}
