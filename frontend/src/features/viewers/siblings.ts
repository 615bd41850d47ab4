import type { QueryClient } from "@tanstack/react-query";
import type { FileItem } from "@/api/wire";
import type { Pages } from "@/features/files/data/folder";

/** The files around it in the list it was opened from, as far as that was read. */
export function siblingsOf(file: FileItem, client: QueryClient): FileItem[] {
  const lists = client.getQueriesData<Pages>({ queryKey: ["folder"] });
  const here = new URLSearchParams(location.search).get("path") ?? "cloudreve://my/";
  const sorted = [...lists].sort(([a], [b]) => Number(b[1] === here) - Number(a[1] === here));
  for (const [, data] of sorted) {
    const all = data?.pages.flatMap((page) => page.files) ?? [];
    if (all.some((each) => each.path === file.path)) return all.filter((each) => each.type === 0);
  }
  return [file];
}
