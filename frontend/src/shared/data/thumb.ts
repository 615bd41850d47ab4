/** Small pictures of files, as the server draws them. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { SiteConfig } from "@/api/wire";

export const thumbQuery = (uri: string, version: string) =>
  queryOptions({
    queryKey: keys.thumb(uri, version),
    queryFn: ({ signal }) => limited(() => api.get("/file/thumb", { query: { uri }, signal, background: true })),
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
