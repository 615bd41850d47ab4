import { expect, it } from "vitest";
import { filled } from "./Cards";
import { stacked } from "./Rows";
import type { Column } from "./types";

it("a card says nothing of what its row has nothing of, and says that something is none", () => {
  const columns: Column<{ error?: string; count: number }>[] = [
    { id: "error", cell: ({ error }) => error },
    { id: "about", cell: () => "" },
    { id: "count", cell: ({ count }) => count, wraps: true },
    { id: "flag", cell: () => false },
    { id: "nothing", cell: () => null },
  ];
  expect(filled(columns, { count: 0 })).toEqual([{ id: "count", wraps: true, shown: 0 }]);
  expect(filled(columns, { error: "torn", count: 0 }).map(({ id }) => id)).toEqual(["error", "count"]);
});

it("a table puts a column below another while that is shown, and else beside", () => {
  const column = (id: string, under?: string): Column<object> => ({ id, under, cell: () => id });
  const [kind, about, error] = [column("kind"), column("about"), column("error", "about")];
  const named = (...columns: Column<object>[]) => stacked(columns).map(({ column: { id }, below }) => [id, ...below.map((each) => each.id)]);
  expect(named(kind, about, error)).toEqual([["kind"], ["about", "error"]]);
  expect(named(kind, error)).toEqual([["kind"], ["error"]]);
});
