/** Folders with more files than could be sent one by one. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Server, uriOf } from "./server";

export const hasSqlite = spawnSync("sqlite3", ["--version"]).status === 0;

/** Changes rows behind the server's back. */
export function tamper({ data }: Server, sql: string) {
  execFileSync("sqlite3", [join(data, "alcove.db"), `PRAGMA busy_timeout = 20000; ${sql}`]);
}

/** Rows as the server keeps them: `file 000000.txt` and so on, in a folder of the root. */
export function fill(server: Server, folder: string, count: number, sizeOf = "1000 + i") {
  const rows = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
    INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at)
    SELECT 0, f.owner_id, f.id, printf('file %06d.txt', i), printf('file %06d.txt', i), ${sizeOf}, 0, f.created_at, f.updated_at FROM n, files f WHERE f.name = '${folder}';`;
  tamper(server, rows);
}

/** A listing as the server would send it, from a hundred thousand files that need no disk. */
export function listing(number: number, size: number, total: number, folder: string) {
  const from = number * size;
  const files = Array.from({ length: Math.min(size, total - from) }, (_, at) => {
    const name = `file ${String(from + at).padStart(6, "0")}.txt`;
    return {
      type: 0,
      id: `f${from + at}`,
      name,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
      size: 1000 + at,
      metadata: {},
      path: uriOf(`${folder}/${name}`),
      capability: "w8edAQ==",
      owned: true,
      primary_entity: "x",
    };
  });
  const parent = { type: 1, id: "p", name: "", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", size: 0, metadata: null, path: folder ? uriOf(folder) : "cloudreve://my/", capability: "w8edAQ==", primary_entity: "x" };
  return {
    code: 0,
    msg: "",
    data: {
      files,
      parent,
      pagination: { page: number, page_size: size, total_items: total },
      props: { capability: "w8edAQ==", max_page_size: 2000, order_by_options: ["name"], order_direction_options: ["asc"] },
      context_hint: "0b6c2f0e-55f2-4d0b-9a0e-3f1c7f6f2f11",
      mixed_type: false,
      view: { page_size: 100, view: "list", thumbnail: true, order: "name", order_direction: "asc" },
    },
  };
}
