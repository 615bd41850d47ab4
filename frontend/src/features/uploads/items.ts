import { parseUri } from "@/api/uri";
import { forbiddenIn, isReserved, numbered } from "@/ui/names";
import type { UploadItem } from "./types";

/** The queue, and those who watch it. Many changes of one moment are told once. */
export class ItemList {
  readonly #items = new Map<string, UploadItem>();
  readonly #listeners = new Set<() => void>();
  #snapshot: readonly UploadItem[] = [];
  #telling = false;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  snapshot = (): readonly UploadItem[] => this.#snapshot;

  /** As it stands, safe to change while it is walked. */
  all = (): UploadItem[] => [...this.#items.values()];

  get = (id: string): UploadItem | undefined => this.#items.get(id);

  put(item: UploadItem) {
    this.#items.set(item.id, item);
    this.#tell();
  }

  delete(id: string) {
    this.#items.delete(id);
    this.#tell();
  }

  #tell() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.#snapshot = this.all();
      for (const listener of this.#listeners) listener();
    });
  }
}

/** The same upload under another name. */
export function renamed(item: { uri: string; name: string }, copy: number): { uri: string; name: string } {
  const name = numbered(item.name, copy);
  return { name, uri: item.uri.slice(0, item.uri.lastIndexOf("/") + 1) + encodeURIComponent(name) };
}

/** The name that no drive takes: of the file, or of a folder it comes in. To try again is of no use then. */
export const badNameOf = ({ uri }: { uri: string }): string | undefined => parseUri(uri).path.find((name) => isReserved(name) || forbiddenIn(name));
