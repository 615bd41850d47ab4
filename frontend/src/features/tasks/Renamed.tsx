/** What came under another name, because its own was taken. */
import { Text } from "@mantine/core";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { shownName } from "@/ui/names";
import { propsOf } from "./types";
import classes from "./tasks.module.css";

export function Renamed({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { renamed = [], more_renamed: more = 0 } = propsOf(task).report ?? {};
  if (renamed.length === 0) return null;
  return (
    <section aria-label={t("tasks.renamed")}>
      <Text component="h2" fw={600} size="sm" mb={6}>
        {t("tasks.renamed")}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it */}
      <div className={classes.scroll} tabIndex={0}>
        <dl className={classes.left}>
          {renamed.map(({ name, to }, at) => (
            <Fragment key={at}>
              <dt>{shownName(name)}</dt>
              <dd>{shownName(to)}</dd>
            </Fragment>
          ))}
        </dl>
      </div>
      {more > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {t("tasks.moreLeftOut", { count: more })}
        </Text>
      )}
    </section>
  );
}
