import { Loader, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconCircle, IconCircleCheck, IconCircleMinus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { stepsOf } from "./steps";
import classes from "./tasks.module.css";

/** The way of a task, and where on it it is. */
export function Steps({ task }: { task: Task }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps} aria-label={t("tasks.steps")}>
      {stepsOf(task).map(({ name, state }) => (
        <li key={name} className={classes.step} data-state={state} aria-current={state === "now" ? "step" : undefined}>
          {state === "done" ? (
            <IconCircleCheck size={17} color="var(--mantine-color-teal-7)" aria-hidden />
          ) : state === "failed" ? (
            <IconAlertTriangle size={17} aria-hidden />
          ) : state === "stopped" ? (
            <IconCircleMinus size={17} aria-hidden />
          ) : state === "now" ? (
            <Loader size={14} aria-hidden />
          ) : (
            <IconCircle size={17} aria-hidden />
          )}
          {t(`tasks.step.${name}`)}
          <VisuallyHidden>{t(`tasks.stepState.${state}`)}</VisuallyHidden>
        </li>
      ))}
    </ol>
  );
}
