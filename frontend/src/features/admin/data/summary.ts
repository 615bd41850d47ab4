/** How the site is doing. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";

/** How old counts may be, in seconds: whole tables are counted. */
const AGE = 600;

const summary = (age: number) => api.get("/admin/summary", { query: { generate: true, max_age: age } });

export const summaryQuery = queryOptions({
  queryKey: keys.admin("summary"),
  queryFn: () => summary(AGE),
  refetchInterval: 60_000,
});

/** Counts everything now. */
export const countAnew = async () => queryClient.setQueryData(summaryQuery.queryKey, await summary(0));
