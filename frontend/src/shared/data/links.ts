/** Links to content that last an hour or so. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import { keys } from "@/api/keys";
import type { FileItem } from "@/api/wire";

export async function linkTo(file: { path: string }, options: { download?: boolean; entity?: string } = {}): Promise<string> {
  const { urls } = await api.post("/file/url", { body: { uris: [file.path], ...options } });
  return urls[0]?.url ?? "";
}

/** To all of it in one archive, or in several. */
export async function linksToArchive(uris: string[]): Promise<string[]> {
  const { urls } = await api.post("/file/url", { body: { uris, archive: true } });
  return urls.flatMap((each) => each?.url ?? []);
}

export const linkQuery = (file: FileItem, version?: string) =>
  queryOptions({
    queryKey: keys.link(file, version),
    queryFn: () => linkTo(file, { entity: version }),
    staleTime: 30 * 60_000,
  });
