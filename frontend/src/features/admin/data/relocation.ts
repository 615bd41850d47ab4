/** What a storage policy keeps moves to another. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** How much a policy keeps, of everybody or of one account. */
export const relocatableQuery = (policy: number, user?: number) =>
  queryOptions({
    queryKey: keys.admin("policies", "relocatable", policy, user ?? 0),
    queryFn: () => api.get("/admin/policy/{id}/relocate", { path: { id: policy }, query: { user } }),
    enabled: policy > 0,
  });

export const relocatePolicy = (policy: number, target: number, user?: number) => api.post("/admin/policy/{id}/relocate", { path: { id: policy }, body: { target, user } });

/** A blob that stayed where it was. */
export interface Failure {
  path: string;
  owner: string;
  reason: string;
}

export const failuresOf = (props?: Record<string, unknown>) => (props?.failures ?? []) as Failure[];

const ENDED = ["error", "canceled", "completed"];
export const hasEnded = (status?: string) => ENDED.includes(status ?? "");

/** One's own task, read again and again until it ends. */
export const ownTaskQuery = (id: string) =>
  queryOptions({
    queryKey: keys.admin("tasks", "own", id),
    queryFn: async () => (await api.get("/workflow", { query: { page_size: 100, category: "general" } })).tasks.find((task) => task.id === id) ?? null,
    refetchInterval: ({ state }) => (hasEnded(state.data?.status) ? false : 1_500),
  });
