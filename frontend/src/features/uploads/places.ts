/** Which uploads begin: so many at once, and some more while those wait for a storage that is away. */
import { isForStorage } from "./patience";
import type { UploadItem } from "./types";

/** Those that wait are tried now and then and keep their session: even of them not everybody may be. */
const MOST_TIMES = 4;

/**
 * The next that may begin. Who waits for a storage leaves the place to others, but not to what goes to
 * the same folder or below it, which would only wait as well.
 */
export function next(items: readonly UploadItem[], running: ReadonlySet<string>, files: number): UploadItem | undefined {
  if (running.size >= files * MOST_TIMES) return undefined;
  const waiting = items.filter((item) => running.has(item.id) && isForStorage(item.waiting));
  if (running.size - waiting.length >= files) return undefined;
  const isHopeless = ({ folder }: UploadItem) => waiting.some((other) => isWithin(folder, other.folder));
  return items.find((item) => item.state === "queued" && !running.has(item.id) && (running.size < files || !isHopeless(item)));
}

const isWithin = (folder: string, other: string) => folder === other || folder.startsWith(other.endsWith("/") ? other : `${other}/`);
