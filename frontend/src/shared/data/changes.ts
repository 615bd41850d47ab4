/** What was done with files shows at once; what the server makes of it is read again. */
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { parentUri } from "@/api/uri";
import type { FileItem, Listing } from "@/api/wire";
import { isLong, type Pages, refreshAround } from "./folder";
import { distrustPages } from "./pages";

/** Changes what is shown of a folder at once; the server's answer follows. */
export const changeFolder = (uri: string, change: (files: FileItem[]) => FileItem[]) =>
  void queryClient.setQueriesData<Pages>({ queryKey: keys.folder(uri) }, (known) => known && edited(known, change));

/** Changes a file wherever it is shown, searches included. */
export const changeEverywhere = (change: (files: FileItem[]) => FileItem[]) =>
  void queryClient.setQueriesData<Pages>({ queryKey: keys.folders() }, (known) => known && edited(known, change));

/** What is taken away does not count any more: it is not still to be read. */
function edited(known: Pages, change: (files: FileItem[]) => FileItem[]): Pages {
  let more = 0;
  const pages = known.pages.map((page) => {
    const files = change(page.files);
    more += files.length - page.files.length;
    return { ...page, files };
  });
  return { ...known, pages: pages.map((page) => ({ ...page, pagination: recounted(page.pagination, more) })) };
}

const recounted = (pagination: Listing["pagination"], more: number) =>
  pagination.total_items === undefined ? pagination : { ...pagination, total_items: pagination.total_items + more };

/** Asks again for folders whose content changed, and for what depends on them. */
export function refreshFolders(...uris: string[]) {
  for (const uri of new Set(uris)) {
    void askAgain(uri);
    distrustPages(uri);
  }
  refreshAround(...uris);
}

async function askAgain(uri: string) {
  const queryKey = keys.folder(uri);
  // A first reading that is under way may have begun before the change, and asking again would only join it.
  await queryClient.cancelQueries({ queryKey, predicate: ({ state }) => state.data === undefined });
  await queryClient.invalidateQueries({ queryKey, predicate: ({ state }) => !isLong(state.data as Pages | undefined) });
}

/** Shows something new at once, before the folder is read again. */
export function showNew(uri: string, item: FileItem) {
  queryClient.setQueriesData<Pages>({ queryKey: keys.folder(uri) }, (known) => {
    const [first, ...others] = known?.pages ?? [];
    if (!known || !first || first.files.some((file) => file.path === item.path)) return known;
    const pages = [{ ...first, files: [item, ...first.files] }, ...others];
    return { ...known, pages: pages.map((page) => ({ ...page, pagination: recounted(page.pagination, 1) })) };
  });
}

export const refreshParentsOf = (files: readonly { path: string }[], ...more: string[]) =>
  refreshFolders(...files.map((file) => parentUri(file.path)), ...more);
