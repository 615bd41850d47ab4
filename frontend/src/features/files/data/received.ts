/** What others shared with the account by name, and what of it was not looked at yet. */
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { create } from "zustand";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { useAccount } from "@/api/use-account";
import type { Share } from "@/api/wire";
import { queryClient } from "@/api/query-client";

const PAGE_SIZE = 50;

const receivedQuery = (account: string) =>
  infiniteQueryOptions({
    queryKey: keys.receivedBy(account),
    queryFn: ({ pageParam, signal }) => api.get("/share/received", { query: { page_size: PAGE_SIZE, next_page_token: pageParam }, signal, background: true }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.pagination.next_token,
    staleTime: 60_000,
  });

/** Newest first. */
export function useReceived() {
  const account = useAccount();
  const query = useInfiniteQuery({ ...receivedQuery(account?.user.id ?? ""), enabled: !!account });
  return { shares: query.data?.pages.flatMap((page) => page.shares), more: query.hasNextPage, loading: query.isFetchingNextPage, loadMore: query.fetchNextPage };
}

/** Something came, or was taken back. */
export const refreshReceived = () => void queryClient.invalidateQueries({ queryKey: keys.received() });

const KEY = "alcove.received";

function read(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

/** By account, when what was seen last had come. */
const useSeen = create<Record<string, string>>(read);

if (typeof window !== "undefined")
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY) useSeen.setState(read(), true);
  });

export const cameAt = (share: Share) => Date.parse(share.received_at ?? "");

export const useSeenUntil = (account: string | undefined) => Date.parse(useSeen((seen) => seen[account ?? ""] ?? "1970-01-01T00:00:00Z"));

/** All up to this one was on the screen. */
export function markSeen(account: string, newest: Share) {
  const seen = { ...read(), [account]: newest.received_at ?? "" };
  localStorage.setItem(KEY, JSON.stringify(seen));
  useSeen.setState(seen, true);
}
