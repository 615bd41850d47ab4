/** Lists of one's own tasks, newest first. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import type { Task } from "@/api/wire";

export type Category = "general" | "downloading" | "downloaded";

const PAGE_SIZE = 25;
/** More are going on than anybody looks at. */
const MOST_ACTIVE = 100;
const BUSY_MS = 2_000;
/** All pages that were read are read again. */
const BUSY_LONG_MS = 10_000;

export const isActive = ({ status }: Task) => status === "queued" || status === "processing" || status === "suspending";

/** Which of the work on files: what has not ended, or what has. */
export type Standing = "active" | "ended";

export const tasksQuery = (category: Category, only?: Standing) =>
  infiniteQueryOptions({
    queryKey: keys.tasksIn(only ? `${category}, ${only}` : category),
    queryFn: ({ pageParam, signal }) => api.get("/workflow", { query: { category, page_size: PAGE_SIZE, next_page_token: pageParam, active: only && only === "active" }, signal, background: true }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next_token,
    // What ends is told; what goes on is looked at while somebody sees the page.
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? [];
      if (!pages.some(({ tasks }) => tasks.some(isActive))) return false;
      return pages.length > 1 ? BUSY_LONG_MS : BUSY_MS;
    },
  });

/** Everything that goes on, for the account that asks. */
export const activeQuery = (account: string) =>
  queryOptions({
    queryKey: keys.activeTasks(account),
    queryFn: async ({ signal }) => {
      const of = (category: Category) => api.get("/workflow", { query: { category, page_size: MOST_ACTIVE, active: true }, signal, background: true });
      const [general, downloading] = await Promise.all([of("general"), of("downloading")]);
      return [...general.tasks, ...downloading.tasks].sort((a, b) => b.created_at.localeCompare(a.created_at));
    },
    refetchInterval: ({ state }) => (state.data?.length ? BUSY_MS : false),
  });

export const refreshTasks = () => void queryClient.invalidateQueries({ queryKey: keys.tasks() });
