/** Which columns of a list are shown: this browser remembers. */
import { useLocalStorage } from "@mantine/hooks";
import type { Column, Kind } from "./types";

export interface Columns<R> {
  shown: Column<R>[];
  all: Column<R>[];
  toggle: (id: string) => void;
}

export function useColumns<R extends { id: number }>(kind: Kind<R>): Columns<R> {
  const usual = kind.columns.filter(({ extra }) => !extra).map(({ id }) => id);
  const [ids, setIds] = useLocalStorage({ key: `alcove.admin.columns.${kind.id}`, defaultValue: usual, getInitialValueInEffect: false });
  const toggle = (id: string) => {
    const next = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
    // A list without columns says nothing.
    if (next.length > 0) setIds(next);
  };
  return { shown: kind.columns.filter(({ id }) => ids.includes(id)), all: kind.columns, toggle };
}
