/** Folders with more files than could be sent one by one. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Server } from "./server";

export const hasSqlite = spawnSync("sqlite3", ["--version"]).status === 0;

/** Rows as the server keeps them: `file 000000.txt` and so on, in a folder of the root. */
export function fill({ data }: Server, folder: string, count: number, sizeOf = "1000 + i") {
  const rows = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
    INSERT INTO files (kind, owner_id, parent_id, name, name_folded, size_bytes, is_symbolic, created_at, updated_at)
    SELECT 0, f.owner_id, f.id, printf('file %06d.txt', i), printf('file %06d.txt', i), ${sizeOf}, 0, f.created_at, f.updated_at FROM n, files f WHERE f.name = '${folder}';`;
  execFileSync("sqlite3", [join(data, "alcove.db"), `PRAGMA busy_timeout = 20000; ${rows}`]);
}
