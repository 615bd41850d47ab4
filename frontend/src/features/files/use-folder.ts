import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { FileItem, FolderView } from "@/api/wire";
import { isFolder } from "@/api/wire";
import { byName, folderQuery, type Order } from "@/shared/data/folder";

/** Sorting more than this by the rules of a language would be felt. */
const MOST_SORTED_HERE = 5000;

/** A folder, or the results of a search, as far as it has been read. */
export function useFolder(uri: string, order: Order | undefined) {
  // The list stays while it is read in another order.
  const query = useInfiniteQuery({ ...folderQuery(uri, order), placeholderData: keepPreviousData });
  const { data, hasNextPage } = query;
  const files = useMemo(() => {
    const pages = data?.pages ?? [];
    const all = pages.length === 1 && pages[0] ? pages[0].files : pages.flatMap((page) => page.files);
    const view = pages[0]?.view;
    const by = order?.by ?? view?.order ?? "name";
    const down = (order?.direction ?? view?.order_direction) === "desc";
    if (hasNextPage || by !== "name" || all.length > MOST_SORTED_HERE) return all;
    const sign = down ? -1 : 1;
    const mixed = pages[0]?.mixed_type;
    return [...all].sort((a, b) => (mixed ? 0 : b.type - a.type) || sign * byName.compare(a.name, b.name));
  }, [data, hasNextPage, order?.by, order?.direction]);
  const first = data?.pages[0];
  return {
    files,
    first,
    view: first?.view as FolderView | undefined,
    total: first?.pagination.total_items,
    hasMore: hasNextPage,
    /** What is shown is another order still, and says nothing of what follows. */
    settling: query.isPlaceholderData,
    loadMore: query.fetchNextPage,
    loadingMore: query.isFetchingNextPage,
    pending: query.isPending,
    error: query.error,
    refetch: query.refetch,
  };
}

export type Folder = ReturnType<typeof useFolder>;

/** What the quick filter leaves over. */
export function useFiltered(files: readonly FileItem[], filter: string): readonly FileItem[] {
  return useMemo(() => {
    const words = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return files;
    return files.filter((file) => words.every((word) => file.name.toLowerCase().includes(word)));
  }, [files, filter]);
}

export { isFolder };
