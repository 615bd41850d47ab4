import { ItemList } from "./items";
import type { Keeper, UploadItem, Waiting } from "./types";

/** The uploads of this page with the files they send, remembered over a reload. */
export class Queue {
  readonly #items = new ItemList();
  readonly #files = new Map<string, File>();

  constructor(readonly keeper: Keeper) {}

  subscribe = (listener: () => void): (() => void) => this.#items.subscribe(listener);
  snapshot = (): readonly UploadItem[] => this.#items.snapshot();
  all = (): UploadItem[] => this.#items.all();
  get = (id: string): UploadItem | undefined => this.#items.get(id);
  fileOf = (id: string): File | undefined => this.#files.get(id);

  add(item: UploadItem, file: File) {
    this.#items.put(item);
    this.giveFile(item, file);
  }

  /** As it is known already, with its file where there is one. */
  put(item: UploadItem, file: File | undefined) {
    this.#items.put(item);
    if (file) this.#files.set(item.id, file);
  }

  giveFile(item: UploadItem, file: File) {
    this.#files.set(item.id, file);
    void this.keeper.save(item, file).catch(() => {});
  }

  /** Changes it, if it is still there. A state that lasts is remembered. */
  set(id: string, change: Partial<UploadItem>) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#items.put({ ...item, ...change });
    if (change.state === "paused" || change.state === "failed") void this.save(id);
  }

  setWaiting(id: string, waiting: Waiting | undefined) {
    if (this.#items.get(id)?.state === "running") this.set(id, { waiting });
  }

  /** Remembers how it stands. */
  async save(id: string, more?: Partial<UploadItem>): Promise<void> {
    const item = this.#items.get(id);
    if (item) await this.keeper.save({ ...item, ...more }).catch(() => {});
  }

  /** It has arrived: it is shown still, and nothing of it is kept. */
  finish(id: string): UploadItem | undefined {
    const item = this.#items.get(id);
    if (!item) return undefined;
    const done: UploadItem = { ...item, state: "done", sent: item.size, waiting: undefined };
    this.#items.put(done);
    this.#forget(id);
    return done;
  }

  drop(id: string) {
    this.#items.delete(id);
    this.#forget(id);
  }

  #forget(id: string) {
    this.#files.delete(id);
    void this.keeper.forget(id).catch(() => {});
  }
}
