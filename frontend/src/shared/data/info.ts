import { queryOptions } from "@tanstack/react-query";
import { call } from "@/api/client";
import type { Capacity, DirectLink, FileItem, Share, SiteConfig } from "@/api/wire";

export type FullItem = Omit<FileItem, "extended_info"> & {
  extended_info?: NonNullable<FileItem["extended_info"]> & { shares?: Share[]; direct_links?: DirectLink[] };
};

export const infoQuery = (uri: string) =>
  queryOptions({
    queryKey: ["info", uri],
    queryFn: () => call<FullItem>("GET", "/file/info", { query: { uri, extended: true } }),
    staleTime: 5_000,
  });

/** How much lies below a folder; walks the tree, so it is asked for only on demand. */
export const summaryQuery = (uri: string) =>
  queryOptions({
    queryKey: ["summary", uri],
    queryFn: async () => (await call<FileItem>("GET", "/file/info", { query: { uri, folder_summary: true } })).folder_summary,
    staleTime: 60_000,
  });

export const capacityQuery = queryOptions({
  queryKey: ["capacity"],
  queryFn: () => call<Capacity>("GET", "/user/capacity"),
  staleTime: 30_000,
});

export const thumbQuery = (uri: string, version: string) =>
  queryOptions({
    queryKey: ["thumb", uri, version],
    queryFn: ({ signal }) => limited(() => call<{ url: string }>("GET", "/file/thumb", { query: { uri }, signal, background: true })),
    staleTime: 40 * 60_000,
    gcTime: 10 * 60_000,
    retry: false,
  });

/** Thumbnails are asked for a few at a time, so that folders and files come first. */
const AT_ONCE = 6;
let running = 0;
const waiting: (() => void)[] = [];
async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resume) => waiting.push(resume));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/** Extensions the server can draw; empty where it cannot. */
export const thumbExtensions = (config: SiteConfig | undefined): readonly string[] => config?.thumb_exts ?? [];
