import { call } from "@/api/client";
import type { components } from "@/api/schema.gen";

type Page = components["schemas"]["SharesView"];

const PAGE_SIZE = 50;

/** Pages of shares: one's own at `/share`, somebody's at `/user/shares/<id>`. */
export const sharesQuery = (path: string, order: string) => ({
  queryKey: ["shares", path, order],
  queryFn: ({ pageParam }: { pageParam: string | undefined }) =>
    call<Page>("GET", path, {
      query: { page_size: PAGE_SIZE, order_by: order, order_direction: "desc", next_page_token: pageParam },
    }),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: Page) => page.pagination.next_token,
});
