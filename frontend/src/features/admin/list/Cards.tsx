/** The same rows where there is no room for a table. */
import { Checkbox, Group, Paper, Stack, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "../admin.module.css";
import { toggled, type RowsProps } from "./Rows";
import type { Column } from "./types";

/** What a row has nothing of is not named: a card has no columns to keep in line. */
export const filled = <R,>(columns: readonly Column<R>[], row: R) =>
  columns.map(({ id, cell, wraps }) => ({ id, wraps, shown: cell(row) })).filter(({ shown }) => shown !== undefined && shown !== null && shown !== false && shown !== "");

export function Cards<R extends { id: number }>({ kind, rows, columns, chosen, setChosen, open }: RowsProps<R>) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs">
      {rows.map((row) => (
        <Paper key={row.id} withBorder p="sm" data-row={row.id}>
          <Group wrap="nowrap" align="start">
            {kind.actions?.length ? <Checkbox mt={4} aria-label={t("admin.choose", { name: kind.nameOf(row) })} checked={chosen.has(row.id)} onChange={() => setChosen(toggled(chosen, row.id))} /> : null}
            <UnstyledButton className={classes.card} onClick={() => open(row)}>
              <Text fw={600} truncate>
                {kind.nameOf(row)}
              </Text>
              {filled(columns, row).map(({ id, shown, wraps }) => (
                <Group key={id} gap="xs" wrap="nowrap" align={wraps ? "start" : undefined}>
                  <Text size="xs" c="dimmed" w={110} flex="none">
                    {t(`admin.columns.${id}`)}
                  </Text>
                  <Text size="sm" component="div" truncate={!wraps} miw={0} style={wraps ? { overflowWrap: "anywhere" } : undefined}>
                    {shown}
                  </Text>
                </Group>
              ))}
            </UnstyledButton>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}
