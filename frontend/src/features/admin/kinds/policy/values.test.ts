import { expect, it } from "vitest";
import type { PolicyRow } from "../../data/policies";
import { sentOf, valuesOf } from "./values";
import { fresh, KINDS } from "./vendors";

it("keeps what the form does not know of", () => {
  const settings = { file_type: ["jpg", "png"], od_redirect: "https://a.example", odd: { deep: [1] }, chunk_size: 5, token: "" };
  const policy = { id: 7, name: "n", type: "s3", node_id: 3, max_size: 9, is_private: true, settings } as unknown as PolicyRow;
  const sent = sentOf({ ...valuesOf(policy), chunk_size: 6 }, policy);
  expect(sent).toMatchObject({ id: 7, node_id: 3, name: "n", type: "s3", max_size: 9, is_private: true });
  expect(sent.settings).toEqual({ ...settings, chunk_size: 6 });
});

it("begins every kind with names that do not repeat", () => {
  for (const kind of KINDS) {
    const sent = sentOf({ ...fresh(kind), name: "x" }, {});
    expect(sent.type).toBe(kind);
    expect(sent.file_name_rule).toContain("{uuid}");
  }
});
