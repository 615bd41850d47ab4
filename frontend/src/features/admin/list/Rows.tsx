import { Checkbox, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import classes from "../admin.module.css";
import type { Column, Kind } from "./types";
import type { Place } from "./use-place";

export interface RowsProps<R extends { id: number }> {
  kind: Pick<Kind<R>, "nameOf" | "actions">;
  rows: R[];
  columns: Column<R>[];
  chosen: ReadonlySet<number>;
  setChosen: (chosen: ReadonlySet<number>) => void;
  open: (row: R) => void;
  /** Where the server puts them in order. */
  place?: Place;
}

export const toggled = (chosen: ReadonlySet<number>, id: number) => {
  const next = new Set(chosen);
  if (!next.delete(id)) next.add(id);
  return next;
};

/** The columns of the table, each with those that stand in its cells as well. */
export const stacked = <R,>(columns: readonly Column<R>[]) =>
  columns.filter(({ under }) => !columns.some(({ id }) => id === under)).map((column) => ({ column, below: columns.filter(({ under }) => under === column.id) }));

export function Rows<R extends { id: number }>({ kind, rows, columns, chosen, setChosen, open, place }: RowsProps<R>) {
  const { t } = useTranslation();
  const canChoose = Boolean(kind.actions?.length);
  const stacks = stacked(columns);
  const count = rows.filter(({ id }) => chosen.has(id)).length;
  const all = () => setChosen(new Set(count === rows.length ? [] : rows.map(({ id }) => id)));
  const onKey = (event: React.KeyboardEvent<HTMLTableRowElement>, row: R) => {
    if (event.target !== event.currentTarget) return;
    const { nextElementSibling: below, previousElementSibling: above } = event.currentTarget;
    if (event.key === "Enter") open(row);
    else if (event.key === " " && canChoose) setChosen(toggled(chosen, row.id));
    else if (event.key === "ArrowDown" && below instanceof HTMLElement) below.focus();
    else if (event.key === "ArrowUp" && above instanceof HTMLElement) above.focus();
    else return;
    event.preventDefault();
  };
  return (
    <Table.ScrollContainer minWidth={600}>
      <Table highlightOnHover verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            {canChoose && (
              <Table.Th w={40}>
                <Checkbox aria-label={t("admin.chooseAll")} checked={count > 0 && count === rows.length} indeterminate={count > 0 && count < rows.length} onChange={all} />
              </Table.Th>
            )}
            {stacks.map(({ column }) => (
              <Head key={column.id} id={column.id} order={column.order} place={place} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id} tabIndex={0} className={classes.row} onClick={() => open(row)} onKeyDown={(event) => onKey(event, row)} data-row={row.id} bg={chosen.has(row.id) ? "var(--mantine-primary-color-light)" : undefined}>
              {canChoose && (
                <Table.Td onClick={(event) => event.stopPropagation()}>
                  <Checkbox aria-label={t("admin.choose", { name: kind.nameOf(row) })} checked={chosen.has(row.id)} onChange={() => setChosen(toggled(chosen, row.id))} />
                </Table.Td>
              )}
              {stacks.map(({ column, below }) => (
                <Cell key={column.id} column={column} below={below} row={row} />
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Cell<R>({ column, below, row }: { column: Column<R>; below: Column<R>[]; row: R }) {
  const { cell, wraps, share } = column;
  if (!share) return <Table.Td className={wraps ? classes.wrapped : classes.cell}>{cell(row)}</Table.Td>;
  return (
    <Table.Td className={classes.shared} w={`${share}%`}>
      <Lines column={column} row={row} />
      {below.map((each) => (
        <Text key={each.id} size="xs" c="dimmed" component="div">
          <Lines column={each} row={row} />
        </Text>
      ))}
    </Table.Td>
  );
}

function Lines<R>({ column: { cell, text }, row }: { column: Column<R>; row: R }) {
  const shown = cell(row);
  if (!shown) return null;
  return (
    <div className={classes.lines} title={typeof shown === "string" ? shown : text?.(row)}>
      {shown}
    </div>
  );
}

function Head({ id, order, place }: { id: string; order?: string; place?: Place }) {
  const { t } = useTranslation();
  const label = t(`admin.columns.${id}`);
  if (!order || !place) return <Table.Th>{label}</Table.Th>;
  const { order_by, order_direction } = place.asked;
  const isBy = order_by === order;
  const isDown = order_direction === "desc";
  const next = () => place.set({ order, direction: isBy && !isDown ? "desc" : "asc", page: undefined });
  return (
    <Table.Th aria-sort={isBy ? (isDown ? "descending" : "ascending") : undefined}>
      <UnstyledButton onClick={next}>
        <Group gap={4} wrap="nowrap">
          <Text fw={600} size="sm">
            {label}
          </Text>
          {isBy && (isDown ? <IconArrowDown size={14} aria-hidden /> : <IconArrowUp size={14} aria-hidden />)}
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
