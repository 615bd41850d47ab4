/** How far a task is, by parts of its work. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";

/** The server writes it about once a second. */
const OFTEN_MS = 1_000;

/** @param watched somebody sees it, and it goes on */
export const progressQuery = (id: string, watched: boolean) =>
  queryOptions({
    queryKey: keys.progress(id),
    queryFn: ({ signal }) => api.get("/workflow/progress/{id}", { path: { id }, signal, background: true }),
    enabled: watched,
    staleTime: 0,
    refetchInterval: OFTEN_MS,
  });
