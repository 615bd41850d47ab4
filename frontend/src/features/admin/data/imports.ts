/** Files that lie in a storage already, and become somebody's. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import { goesOn, loadTasks } from "./tasks";

export type Import = components["schemas"]["ImportBody"];

/** What a task of this kind tells of itself. */
export interface ImportProps {
  src_str: string;
  dst: string;
  files: number;
  folders: number;
  bytes: number;
  skipped: number;
  failed: number;
  over_quota: number;
  dry_run: boolean;
  problems: { path: string; reason: string }[];
}

export const beginImport = (body: Import) => api.post("/workflow/import", { body });

/** One of the latest, by its public id; asked again and again until it has ended. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: keys.admin("tasks", "import", id),
    queryFn: async () => {
      const page = await loadTasks({ page: 1, page_size: 100, order_by: "", order_direction: "desc", conditions: { task_type: "import" } });
      return page.rows.find(({ task_hash_id }) => task_hash_id === id) ?? null;
    },
    refetchInterval: ({ state: { data } }) => (data === undefined || (data && goesOn(data)) ? 1_000 : false),
  });
