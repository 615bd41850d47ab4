import { Text } from "@mantine/core";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { shownName } from "@/ui/names";
import { leftOutOf } from "./types";
import classes from "./tasks.module.css";

/** What a task did not do, and why. */
export function LeftOut({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { listed, more } = leftOutOf(task);
  if (listed.length === 0 && more === 0) return null;
  return (
    <section aria-label={t("tasks.leftOut")}>
      <Text fw={600} size="sm" mb={6}>
        {t("tasks.leftOut")}
      </Text>
      {listed.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
        <div className={classes.scroll} tabIndex={0}>
          <dl className={classes.left}>
            {listed.map(({ name, reason }, at) => (
              <Fragment key={at}>
                <dt>{shownName(name)}</dt>
                <dd>{t(`tasks.reasons.${reason}`, { defaultValue: reason })}</dd>
              </Fragment>
            ))}
          </dl>
        </div>
      )}
      {more > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {t("tasks.moreLeftOut", { count: more })}
        </Text>
      )}
    </section>
  );
}
