/** Tasks, and the queues that they wait in. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";
import type { Asked } from "../list/types";

export type TaskRow = components["schemas"]["StoredTask"];

/** Whether it has not ended. */
export const goesOn = ({ status }: TaskRow) => status === "queued" || status === "processing" || status === "suspending";

export const loadTasks = async (asked: Asked) => {
  const page = await api.post("/admin/queue", { body: asked });
  return { rows: page.tasks, total: page.pagination.total_items ?? 0 };
};

export const queuesQuery = queryOptions({ queryKey: keys.admin("tasks", "queues"), queryFn: () => api.get("/admin/queue/metrics"), refetchInterval: 5_000 });

export const progressQuery = (id: string) =>
  queryOptions({ queryKey: keys.admin("tasks", "progress", id), queryFn: () => api.get("/workflow/progress/{id}", { path: { id } }), refetchInterval: 1_500 });

export const deleteTasks = (ids: number[]) => api.post("/admin/queue/batch/delete", { body: { ids } });

export const cancelTask = (id: number) => api.post("/admin/queue/{id}/cancel", { path: { id } });

export const retryTask = (id: number) => api.post("/admin/queue/{id}/retry", { path: { id } });

export const forgetTasks = (not_after: string) => api.post("/admin/queue/cleanup", { body: { not_after } });
