/** Where in a list one is: filters, order and page stand in the address. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Asked, Kind } from "./types";

const PAGE_SIZE = 25;

export interface Place {
  asked: Asked;
  isFiltered: boolean;
  /** `undefined` takes a value out of the address. */
  set: (change: Record<string, string | undefined>) => void;
}

const count = (text: string | undefined, otherwise: number) => {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
};

export function usePlace<R extends { id: number }>(kind: Kind<R>): Place {
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/admin/$page" });
  const { newestFirst, filters } = kind;
  const asked = useMemo<Asked>(() => {
    const named = filters.map(({ name }) => [name, search[name]] as const);
    const given = named.filter((pair): pair is readonly [string, string] => Boolean(pair[1]));
    return {
      page: count(search.page, 1),
      page_size: Math.min(count(search.size, PAGE_SIZE), 100),
      order_by: search.order ?? "",
      order_direction: search.direction ?? (newestFirst ? "desc" : "asc"),
      conditions: Object.fromEntries(given),
    };
  }, [search, filters, newestFirst]);
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ from: "/admin/$page", to: ".", search: (before) => ({ ...before, ...change }), replace: true });
  return { asked, isFiltered: Object.keys(asked.conditions).length > 0, set };
}
