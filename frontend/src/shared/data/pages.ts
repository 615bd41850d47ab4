/** Long folders are never read again as a whole: pages are, as they come into sight. */
import { type FileItem, isFolder } from "@/api/wire";
import { keys } from "@/api/keys";
import { childUri } from "@/api/uri";
import { queryClient } from "@/api/query-client";
import { isLong, listFolder, PAGE_SIZE, type Page, type Pages, refreshAround } from "./folder";
import { readInfo } from "./info";
import { behind, type Order, upToNext, withEntry, without } from "./place";

/** Pages that may have changed, by query: another set after each change that may be anywhere. */
const stale = new Map<string, Set<number>>();
/** Queries of which a page is being read again. Each is cut to fit its neighbours, so they come one by one. */
const reading = new Set<string>();
/** After so many reads the neighbours of a page are not where they were: everything is. */
const MOST_READS = 3;
/** So many changes at once are not looked at one by one. */
const MOST_CHANGES = 100;

const longOnes = (uri: string) =>
  queryClient
    .getQueryCache()
    .findAll({ queryKey: keys.folder(uri) })
    .filter(({ state }) => isLong(state.data as Pages | undefined));

/** Whether nothing but pages of this folder is to be read again. */
export const readsByPage = (uri: string) => longOnes(uri).length > 0;

/** Something changed somewhere in it. */
export function distrustPages(uri: string) {
  for (const query of longOnes(uri)) {
    const { pages } = query.state.data as Pages;
    const { queryKey } = query;
    stale.set(query.queryHash, new Set(pages.keys()));
    // Who opens the folder again begins at its beginning; so does who sees nothing of it.
    if (query.getObserversCount() === 0) queryClient.removeQueries({ queryKey, exact: true });
    else if (pages.every(isEmpty)) void queryClient.resetQueries({ queryKey, exact: true });
  }
  void freshen(uri);
}

/** Reads those pages again that are on the screen and not to be trusted. */
export async function freshen(uri: string): Promise<void> {
  for (const query of longOnes(uri)) {
    const hash = query.queryHash;
    if (reading.has(hash)) continue;
    reading.add(hash);
    try {
      for (let at = wanted(query); at !== undefined; at = wanted(query)) {
        const marked = stale.get(hash);
        marked?.delete(at);
        const isMeant = () => stale.get(hash) === marked;
        const isRead = await readAgain(uri, query.queryKey, at, isMeant).then(() => true, () => false);
        if (isRead) continue;
        marked?.add(at);
        break;
      }
    } finally {
      reading.delete(hash);
    }
  }
}

/** The first page that is on the screen and not to be trusted. */
function wanted(query: ReturnType<typeof longOnes>[number]): number | undefined {
  const marked = stale.get(query.queryHash);
  // What is being read overwrites what is changed meanwhile.
  if (!marked?.size || query.state.fetchStatus !== "idle" || !isLong(query.state.data as Pages | undefined)) return undefined;
  const seen = inSight();
  const { pages } = query.state.data as Pages;
  return [...marked].find((at) => isSeen(pages, at, seen));
}

const isEmpty = ({ files }: Pages["pages"][number]) => files.length === 0;

/** Nothing of an empty page can be in sight: the pages beside it stand for it. */
function isSeen(pages: Pages["pages"], at: number, seen: ReadonlySet<string | undefined>): boolean {
  const before = pages.slice(0, at).findLast((page) => !isEmpty(page));
  const after = pages.slice(at + 1).find((page) => !isEmpty(page));
  const page = pages[at];
  const near = page && isEmpty(page) ? [before, after] : [page];
  return near.some((each) => each?.files.some(({ path }) => seen.has(path)));
}

const inSight = () => new Set([...document.querySelectorAll<HTMLElement>("[data-path]")].map(({ dataset }) => dataset.path));

/** @param isMeant whether nothing has changed since it was begun: what was read before that is old */
async function readAgain(uri: string, key: readonly unknown[], at: number, isMeant: () => boolean) {
  const known = queryClient.getQueryData<Pages>(key);
  const next = known?.pages.slice(at + 1).find((page) => !isEmpty(page));
  let param = known?.pageParams[at];
  const fresh: FileItem[] = [];
  for (let reads = 0; reads < MOST_READS && known && param; reads += 1) {
    const page = await listFolder(uri, asked(key), param);
    if (!isMeant()) return;
    fresh.push(...page.files);
    const { pagination } = page;
    const files = next ? upToNext(fresh, next.files) : fresh;
    if (files || !pagination.next_token) {
      queryClient.setQueryData<Pages>(key, (latest) => {
        const old = latest?.pages[at];
        if (!latest || !old) return latest;
        const above = latest.pages.slice(0, at);
        const before = above.findLast((each) => !isEmpty(each));
        const missing = countedFrom(latest.pageParams[at]) - above.reduce((sum, each) => sum + each.files.length, 0);
        const kept = behind(before?.files ?? [], old.files, files ?? fresh, missing);
        return { ...latest, pages: latest.pages.with(at, { ...old, files: kept, pagination: next ? old.pagination : pagination }) };
      });
      return;
    }
    param = { next_page_token: pagination.next_token };
  }
  await queryClient.invalidateQueries({ queryKey: key });
}

/** The place of the first entry of a page, if that is what it was asked for by. */
const countedFrom = (param: Page | undefined) => (param?.page ?? 0) * PAGE_SIZE;

/** The order a list was asked for in; without one the server takes what it remembers. */
function asked(key: readonly unknown[]): Order | undefined {
  const [by, direction] = String(key[2] ?? "").split(" ");
  return by ? { by, direction: direction === "desc" ? "desc" : "asc" } : undefined;
}

const remembered = ({ pages: [first] }: Pages): Order => ({
  by: first?.view?.order ?? "name",
  direction: first?.view?.order_direction === "desc" ? "desc" : "asc",
});

export interface Change {
  type: string;
  /** Paths from the folder on: `/report.txt`. */
  from: string;
  to: string;
}

/** Follows changes of single entries in a long folder. */
export async function follow(uri: string, changes: readonly Change[]): Promise<void> {
  if (changes.length > MOST_CHANGES) return distrustPages(uri);
  const here = (path: string) => {
    const [name, ...deeper] = path.split("/").filter(Boolean);
    return name && deeper.length === 0 ? childUri(uri, name) : undefined;
  };
  let folders = false;
  for (const { type, from, to } of changes) {
    const [old, now] = [here(from), type === "rename" ? here(to) : here(from)];
    const item = type === "delete" || !now ? undefined : await readInfo(now).catch(() => undefined);
    if (item && isFolder(item)) folders = true;
    for (const { queryKey } of longOnes(uri))
      queryClient.setQueryData<Pages>(queryKey, (known) => {
        if (!known) return known;
        folders ||= known.pages.some(({ files }) => files.some((file) => file.path === old && isFolder(file)));
        const left = old ? without(known, (file) => file.path === old) : known;
        return item ? withEntry(left, item, asked(queryKey) ?? remembered(known)) : left;
      });
  }
  refreshAround(...(folders ? [uri] : []));
}
