/** What a folder holds, in pages that are fetched as they are needed. */
import { infiniteQueryOptions, type InfiniteData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import { asListing, type FileItem, isFolder, type Listing } from "@/api/wire";
import { parentUri } from "@/api/uri";
import { queryClient } from "@/api/query-client";
import { moment, withChosenView } from "./chosen-views";
import type { Order } from "./place";

export type { Order } from "./place";

export type Page = { page?: number; next_page_token?: string };
export type Pages = InfiniteData<Listing, Page>;

/** Large enough to fill any screen at once, small enough to arrive quickly. */
export const PAGE_SIZE = 1000;
/** What follows is on the way while the first is looked at. The server sends no more at once. */
const NEXT_SIZE = 2000;

/** @param subfolders tell of each folder whether there are others in it */
export async function listFolder(uri: string, order: Order | undefined, page: Page, signal?: AbortSignal, subfolders?: boolean): Promise<Listing> {
  const query = {
    uri,
    page_size: page.next_page_token ? NEXT_SIZE : PAGE_SIZE,
    order_by: order?.by,
    order_direction: order?.direction,
    subfolders,
    ...page,
  };
  return asListing(await api.get("/file", { query, signal }));
}

/** Reading so many pages again takes seconds: only those in sight are. */
const LONG_PAGES = 2;
export const isLong = (pages: Pages | undefined) => (pages?.pages.length ?? 0) > LONG_PAGES;

export const folderQuery = (uri: string, order?: Order) =>
  infiniteQueryOptions({
    queryKey: keys.listing(uri, order ? `${order.by} ${order.direction}` : ""),
    queryFn: async ({ pageParam, signal }) => {
      const asked = moment();
      return withChosenView(uri, asked, await listFolder(uri, order, pageParam, signal));
    },
    initialPageParam: {} as Page,
    getNextPageParam: ({ pagination }, pages): Page | undefined => {
      if (pagination.next_token) return { next_page_token: pagination.next_token };
      const seen = pages.reduce((sum, page) => sum + page.files.length, 0);
      const more = (pagination.total_items ?? 0) > seen && pages.at(-1)?.files.length !== 0;
      return more ? { page: pagination.page + 1 } : undefined;
    },
    // Comparing a hundred thousand entries on every page would cost more than drawing them.
    structuralSharing: false,
    staleTime: 10_000,
    refetchOnMount: (query) => !isLong(query.state.data as Pages | undefined),
    refetchOnWindowFocus: (query) => !isLong(query.state.data as Pages | undefined),
  });

/** Everything in a folder, page after page. */
export async function* walkFolder(uri: string, order?: Order, signal?: AbortSignal, subfolders?: boolean): AsyncGenerator<FileItem[]> {
  let seen = 0;
  for (let page: Page | undefined = {}; page; ) {
    const { files, pagination }: Listing = await listFolder(uri, order, page, signal, subfolders);
    seen += files.length;
    yield files;
    if (pagination.next_token) page = { next_page_token: pagination.next_token };
    else page = files.length > 0 && (pagination.total_items ?? 0) > seen ? { page: pagination.page + 1 } : undefined;
  }
}

/** The folder it lies in. */
export const folderOf = (file: { path: string }) => parentUri(file.path);

/** The folders in a folder, and whether there are others in them: they come first, so reading ends with the first file. */
export const subfoldersQuery = (uri: string) =>
  queryOptions({
    queryKey: keys.subfolders(uri),
    queryFn: async ({ signal }) => {
      const found: FileItem[] = [];
      for await (const page of walkFolder(uri, undefined, signal, true)) {
        const folders = page.filter(isFolder);
        found.push(...folders.filter((file) => !file.metadata?.["sys:shared_redirect"]));
        if (folders.length < page.length) break;
      }
      return found.sort((a, b) => byName.compare(a.name, b.name));
    },
    staleTime: 30_000,
  });

export const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What trees show of folders whose content changed. Whether there are folders in one is told where it lies. */
export function refreshTrees(...uris: string[]) {
  for (const uri of new Set(uris.flatMap((each) => [each, parentUri(each)]))) void queryClient.invalidateQueries({ queryKey: keys.subfolders(uri) });
}

/** What depends on the content of folders. */
export function refreshAround(...uris: string[]) {
  refreshTrees(...uris);
  void queryClient.invalidateQueries({ queryKey: keys.capacity() });
  void queryClient.invalidateQueries({ queryKey: keys.infos() });
  // Searches may hold anything.
  void queryClient.invalidateQueries({ queryKey: keys.folders(), predicate: ({ queryKey }) => String(queryKey[1]).includes("?") });
}

/** Names of tags on files that have been read; suggestions for others. */
export function knownTags(): string[] {
  const names = new Set<string>();
  for (const [, data] of queryClient.getQueriesData<Pages>({ queryKey: keys.folders() }))
    for (const page of data?.pages ?? [])
      for (const file of page.files)
        for (const key of Object.keys(file.metadata ?? {})) if (key.startsWith("tag:")) names.add(key.slice("tag:".length));
  return [...names].sort(byName.compare);
}
