/** How the site is doing. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";

export const summaryQuery = queryOptions({
  queryKey: keys.admin("summary"),
  queryFn: () => api.get("/admin/summary", { query: { generate: true } }),
  refetchInterval: 60_000,
});
import { keys } from "@/api/keys";
