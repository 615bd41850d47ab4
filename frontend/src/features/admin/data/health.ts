/** Whether what is stored is what it was. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { components } from "@/api/schema.gen";

export type Health = components["schemas"]["StorageProof"];
export type PolicyHealth = components["schemas"]["ProvenPolicy"];
export type DamagedPage = components["schemas"]["DamagedPage"];
export type DamagedRow = components["schemas"]["DamagedEntity"];

/** Damaged blobs in all policies together. */
export const damagedIn = (health: Health | undefined) => health?.policies.reduce((sum, { damaged }) => sum + damaged, 0) ?? 0;

/** How often it is asked while bytes are read, and while they are not. */
export const SOON_MS = 3_000;
const LATER_MS = 30_000;

export const healthQuery = queryOptions({
  queryKey: keys.admin("health", "policies"),
  queryFn: () => api.get("/admin/proof"),
  staleTime: 0,
  refetchInterval: ({ state }) => (state.data?.running ? SOON_MS : LATER_MS),
});

/** Those that nobody is given, by number. */
export const damagedQuery = infiniteQueryOptions({
  queryKey: keys.admin("health", "damaged"),
  queryFn: ({ pageParam: after }) => api.get("/admin/proof/damaged", { query: after ? { after } : {} }),
  initialPageParam: 0,
  getNextPageParam: ({ entities, more }) => (more ? entities.at(-1)?.id : undefined),
});

/** @param policy all of it; without one, everything */
export const readAgain = (policy?: number) => api.post("/admin/proof/run", { body: { policy } });

/** Answers whether it is damaged still. One at a time: each is read from its beginning to its end. */
export const checkBlob = async (id: number) => (await api.post("/admin/proof/check", { body: { ids: [id] } })).ids.includes(id);

/** Answers whether it cannot be taken as it is. */
export const acceptBlob = async (id: number) => (await api.post("/admin/proof/accept", { body: { ids: [id] } })).ids.includes(id);
