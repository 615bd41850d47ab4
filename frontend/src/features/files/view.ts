/** How a folder is shown: remembered by the server where it can be, else in this browser. */
import { accounts } from "@/api/accounts";
import { Can, hasBit } from "@/api/bits";
import { withoutQuery } from "@/api/uri";
import type { FolderView } from "@/api/wire";
import { keys } from "@/api/keys";
import { queryClient } from "@/api/query-client";
import { saveView } from "./data/view";
import { chooseView } from "@/shared/data/chosen-views";
import type { Pages } from "@/shared/data/folder";

export type Layout = "list" | "grid" | "gallery";

/** Column types; numbers belong to the client. */
export const Column = { size: 1, modified: 2, created: 3, tags: 4, location: 8, expires: 7 } as const;

export interface ShownView {
  layout: Layout;
  order: string;
  direction: "asc" | "desc";
  thumbnails: boolean;
  /** Width of a tile in pixels. */
  tile: number;
  columns: { type: number; width?: number }[];
}

const DEFAULT_COLUMNS = [{ type: Column.modified }, { type: Column.size }];
const KNOWN = new Set<number>(Object.values(Column));

export function shownView(view: FolderView | undefined, narrow: boolean): ShownView {
  const columns = (view?.columns ?? []).filter((column) => KNOWN.has(column.type));
  return {
    layout: (view?.view as Layout) ?? (narrow ? "list" : "grid"),
    order: view?.order || "name",
    direction: view?.order_direction === "desc" ? "desc" : "asc",
    thumbnails: view?.thumbnail ?? true,
    tile: view?.gallery_width || 220,
    columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
  };
}

let saving: Promise<unknown> = Promise.resolve();

/** Shows it at once and remembers it for next time. */
export async function rememberView(uri: string, capability: string | undefined, change: Partial<ShownView>, now: ShownView) {
  const next = { ...now, ...change };
  const view: FolderView = {
    page_size: 100,
    view: next.layout,
    order: next.order,
    order_direction: next.direction,
    thumbnail: next.thumbnails,
    gallery_width: next.tile,
    columns: next.columns as FolderView["columns"],
  };
  queryClient.setQueriesData<Pages>({ queryKey: keys.folder(uri) }, (known) =>
    known && { ...known, pages: known.pages.map((page) => ({ ...page, view })) },
  );
  const account = accounts.current();
  const owned = account && hasBit(capability, Can.view) && !uri.includes("@share");
  if (!owned || account.user.disable_view_sync) return false;
  const choice = chooseView(uri, view);
  // One after the other, so that the last change is the one that stays.
  const turn = saving.then(() => saveView(withoutQuery(uri), view));
  saving = turn.catch(() => {});
  try {
    await turn;
    choice.saved();
    return true;
  } catch {
    choice.failed();
    // Only a preference: it holds until the page is left.
    return false;
  }
}
