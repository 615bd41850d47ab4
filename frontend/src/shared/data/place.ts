/** Where something new stands in a list that was read in pages: as the server sorts, folders first. */
import type { FileItem, Listing } from "@/api/wire";

export interface Order {
  by: string;
  direction: "asc" | "desc";
}

type Part = { pages: Pick<Listing, "files" | "pagination">[] };

function compare(a: FileItem, b: FileItem, { by, direction }: Order): number {
  if (a.type !== b.type) return b.type - a.type;
  const sign = direction === "desc" ? -1 : 1;
  if (by === "size") return sign * (a.size - b.size);
  const key = by === "created_at" || by === "updated_at" ? by : "name";
  return a[key] === b[key] ? 0 : sign * (a[key] < b[key] ? -1 : 1);
}

/**
 * Puts an entry where it belongs, in place of what bears its id or its path. What belongs behind
 * the last page that was read will come with the next.
 */
export function withEntry<T extends Part>(known: T, item: FileItem, order: Order): T {
  const cleared = without(known, (each) => each.id === item.id || each.path === item.path);
  const { pages } = cleared;
  const last = pages.length - 1;
  const at = pages.findIndex(({ files }, number) => {
    const end = files.at(-1);
    return (end && compare(item, end, order) < 0) || (number === last && !hasMore(pages[number]));
  });
  const page = pages[at];
  if (!page) return cleared;
  const before = page.files.findIndex((each) => compare(item, each, order) < 0);
  const files = before < 0 ? [...page.files, item] : page.files.toSpliced(before, 0, item);
  return { ...cleared, pages: pages.with(at, { ...page, files }) };
}

/** Pages that lose nothing stay the same objects. */
export function without<T extends Part>(known: T, gone: (file: FileItem) => boolean): T {
  const pages = known.pages.map((page) => (page.files.some(gone) ? { ...page, files: page.files.filter((each) => !gone(each)) } : page));
  return { ...known, pages };
}

/**
 * What takes the place of a page that was read again, up to where the next one begins. Two
 * neighbours tell that: one alone may have come from there.
 */
export function upToNext(fresh: FileItem[], next: readonly FileItem[]): FileItem[] | undefined {
  const there = new Set(next.map((file) => file.path));
  const end = fresh.findIndex((file, at) => {
    const neighbour = fresh[at + 1];
    return there.has(file.path) && (!neighbour || there.has(neighbour.path));
  });
  return end < 0 ? undefined : fresh.slice(0, end);
}

/**
 * What of a page that was read again stands behind the one before it. Pages that are counted have moved
 * when that one became longer or shorter: they begin with what is in it already, or leave out what was
 * at the beginning of the old one.
 * @param missing how many entries the pages before it have less than it is counted from
 */
export function behind(before: readonly FileItem[], old: readonly FileItem[], fresh: FileItem[], missing = 0): FileItem[] {
  const there = new Set(before.map((file) => file.path));
  const begin = fresh.findIndex((file) => !there.has(file.path));
  if (begin !== 0) return begin < 0 ? [] : fresh.slice(begin);
  const left = old.findIndex((file) => file.path === fresh[0]?.path);
  return left > 0 && missing > 0 ? [...old.slice(Math.max(0, left - missing), left), ...fresh] : fresh;
}

const hasMore = (page: Part["pages"][number] | undefined) => !!page?.pagination.next_token;
