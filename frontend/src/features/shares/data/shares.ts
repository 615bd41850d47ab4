/** Lists of shares, page after page. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";

const PAGE_SIZE = 50;
const FIRST = undefined as string | undefined;

const pageOf = (order: string, token: string | undefined) => ({ page_size: PAGE_SIZE, order_by: order, order_direction: "desc", next_page_token: token });

/** One's own. */
export const sharesQuery = (order: string) =>
  infiniteQueryOptions({
    queryKey: keys.sharesBy("", order),
    queryFn: ({ pageParam }) => api.get("/share", { query: pageOf(order, pageParam) }),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.pagination.next_token,
  });

/** What somebody shows in the profile. */
export const profileSharesQuery = (user: string, order: string) =>
  infiniteQueryOptions({
    queryKey: keys.sharesBy(user, order),
    queryFn: ({ pageParam }) => api.get("/user/shares/{id}", { path: { id: user }, query: pageOf(order, pageParam) }),
    initialPageParam: FIRST,
    getNextPageParam: (page) => page.pagination.next_token,
    retry: false,
  });

export const refreshShares = () => void queryClient.invalidateQueries({ queryKey: keys.shares() });
