/**
 * The upload engine: a queue of files that go up in chunks, several at once, and can be paused,
 * resumed, retried and continued after the page was closed. It knows neither React nor the
 * network; both are handed in.
 */
import { ApiError, asApiError, Code } from "@/api/error";
import { uuid } from "@/api/random";
import { ItemList, renamed } from "./items";
import { delay, Sender } from "./sender";
import { Speedometer } from "./speed";
import type { Keeper, OnConflict, Options, Transport, UploadItem } from "./types";

const DEFAULT_RETRY_MS = [1000, 2000, 4000];
/** How many chunks of one file go at once unless the storage says otherwise. */
const DEFAULT_PARALLEL = 3;

export class UploadEngine {
  readonly #items = new ItemList();
  readonly #files = new Map<string, File>();
  readonly #running = new Map<string, AbortController>();
  readonly #finished = new Set<(item: UploadItem) => void>();
  readonly #options: Required<Options>;
  readonly #sender: Sender;
  readonly #speed: Speedometer;

  constructor(
    readonly transport: Transport,
    readonly keeper: Keeper,
    options: Options = {},
  ) {
    this.#options = { files: 3, chunks: 6, retryMs: DEFAULT_RETRY_MS, now: Date.now, wait: delay, ...options };
    this.#sender = new Sender(transport, this.#options);
    this.#speed = new Speedometer(this.#options.now);
  }

  subscribe = (listener: () => void): (() => void) => this.#items.subscribe(listener);

  snapshot = (): readonly UploadItem[] => this.#items.snapshot();

  /** Tells of each file that has arrived. */
  onFinished(listener: (item: UploadItem) => void) {
    this.#finished.add(listener);
  }

  add(entries: { file: File; folder: string; uri: string; name: string }[], account: string, onConflict: OnConflict = "ask") {
    for (const { file, folder, uri, name } of entries) {
      const item: UploadItem = {
        id: uuid(),
        account,
        name,
        folder,
        uri,
        size: file.size,
        lastModified: file.lastModified,
        type: file.type,
        state: "queued",
        onConflict,
        sent: 0,
        received: [],
      };
      this.#items.put(item);
      this.#files.set(item.id, file);
      void this.keeper.save(item, file).catch(() => {});
    }
    this.#pump();
  }

  /** Brings back what an earlier page left unfinished. */
  async restore(account: string) {
    for (const { item, file } of await this.keeper.load()) {
      if (item.account !== account || this.#items.get(item.id)) continue;
      const state = item.state === "running" ? "queued" : item.state;
      const expired = item.session && item.session.expires * 1000 <= this.#options.now();
      const session = expired ? undefined : item.session;
      const received = session ? item.received : [];
      this.#items.put({ ...item, session, received, state: file ? state : "lost" });
      if (file) this.#files.set(item.id, file);
    }
    this.#pump();
  }

  /** The file of an upload that lost it; only the same one can go on. */
  giveFile(id: string, file: File): boolean {
    const item = this.#items.get(id);
    if (!item || item.size !== file.size || item.lastModified !== file.lastModified) return false;
    this.#files.set(id, file);
    this.#set(id, { state: "queued" });
    this.#pump();
    return true;
  }

  pause(id: string) {
    const item = this.#items.get(id);
    if (item?.state !== "running" && item?.state !== "queued") return;
    this.#set(id, { state: "paused" });
    this.#running.get(id)?.abort();
  }

  resume(id: string) {
    const item = this.#items.get(id);
    if (item?.state !== "paused" && item?.state !== "failed") return;
    this.#set(id, { state: "queued", error: undefined });
    this.#pump();
  }

  /** Answers a conflict, for one or for all that wait and will come. */
  resolve(id: string, choice: Exclude<OnConflict, "ask">, all = false) {
    for (const item of this.#items.all()) {
      const meant = item.id === id || (all && (item.state === "conflict" || item.state === "queued" || item.state === "running"));
      if (!meant) continue;
      if (item.state !== "conflict") this.#set(item.id, { onConflict: choice });
      else if (choice === "skip") void this.cancel(item.id);
      else this.#set(item.id, { onConflict: choice, state: "queued" });
    }
    this.#pump();
  }

  async cancel(id: string) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#running.get(id)?.abort();
    this.#drop(id);
    this.#pump();
    if (item.session && item.state !== "done") await this.transport.cancel(item.session.id, item.session.uri).catch(() => {});
  }

  clearDone() {
    for (const item of this.#items.all()) if (item.state === "done") this.#drop(item.id);
  }

  retryAll = () => this.#items.all().forEach(({ id, state }) => state === "failed" && this.resume(id));
  pauseAll = () => this.#items.all().forEach(({ id }) => this.pause(id));
  resumeAll = () => this.#items.all().forEach(({ id }) => this.resume(id));

  /** Bytes per second over the last few seconds. */
  speed = (): number => this.#speed.perSecond();

  #pump() {
    for (const item of this.#items.all()) {
      if (this.#running.size >= this.#options.files) return;
      if (item.state !== "queued" || this.#running.has(item.id)) continue;
      const stop = new AbortController();
      this.#running.set(item.id, stop);
      this.#set(item.id, { state: "running" });
      void this.#run(item.id, stop.signal).finally(() => {
        this.#running.delete(item.id);
        this.#pump();
      });
    }
  }

  async #run(id: string, signal: AbortSignal) {
    try {
      await this.#upload(id, signal);
    } catch (caught) {
      if (signal.aborted) return;
      const error = asApiError(caught);
      if (error.innermost.code === Code.nameTaken && this.#items.get(id)?.onConflict === "skip") return void this.cancel(id);
      this.#set(id, error.innermost.code === Code.nameTaken ? { state: "conflict" } : { state: "failed", error });
    }
  }

  async #upload(id: string, signal: AbortSignal): Promise<void> {
    const file = this.#files.get(id);
    if (!file) return this.#set(id, { state: "lost" });
    const session = this.#items.get(id)?.session ?? (await this.#open(id, signal));
    const item = this.#items.get(id);
    if (!item || signal.aborted) return;
    const chunkSize = session.chunkSize || Math.max(1, item.size);
    const count = Math.max(1, Math.ceil(item.size / chunkSize));
    const received = new Set(item.received);
    const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !received.has(index));
    const sizeOf = (index: number) => Math.min(chunkSize, item.size - index * chunkSize);
    const countSent = (underway: number) => {
      let sent = underway;
      for (const index of received) sent += sizeOf(index);
      this.#set(id, { sent: Math.min(item.size, sent) }, false);
    };
    countSent(0);
    try {
      await this.#sender.sendAll({
        session,
        missing,
        chunkOf: (index) => file.slice(index * chunkSize, index * chunkSize + sizeOf(index)),
        signal,
        progress: (underway, more) => {
          this.#speed.mark(more);
          countSent(underway);
        },
        arrived: (index, underway) => {
          received.add(index);
          this.#set(id, { received: [...received] });
          countSent(underway);
          const now = this.#items.get(id);
          if (now && received.size < count) void this.keeper.save(now).catch(() => {});
        },
      });
    } catch (error) {
      // The server forgot the session: what it received is gone, the file starts anew.
      if (error instanceof ApiError && error.innermost.code === Code.sessionUnknown && !signal.aborted) {
        this.#set(id, { session: undefined, received: [], sent: 0 });
        if (item.session) return await this.#upload(id, signal);
      }
      throw error;
    }
    if (signal.aborted) return;
    this.#set(id, { state: "done", sent: item.size });
    void this.keeper.forget(id).catch(() => {});
    this.#files.delete(id);
    const done = this.#items.get(id);
    if (done) for (const listener of this.#finished) listener(done);
  }

  async #open(id: string, signal: AbortSignal) {
    for (let copy = 0; ; copy += 1) {
      const item = this.#items.get(id);
      if (!item) throw new DOMException("canceled", "AbortError");
      const named = copy === 0 ? item : { ...item, ...renamed(item, copy) };
      try {
        const upload = await this.transport.open(named, item.onConflict === "replace", signal);
        const parallel = (upload.storage_policy as { chunk_concurrency?: number }).chunk_concurrency ?? DEFAULT_PARALLEL;
        const session = { id: upload.session_id, uri: upload.uri, chunkSize: upload.chunk_size, expires: upload.expires, parallel };
        this.#set(id, { session, uri: named.uri, name: named.name });
        const now = this.#items.get(id);
        if (now) await this.keeper.save(now).catch(() => {});
        // Canceled while the session was being opened: nobody else would close it.
        else await this.transport.cancel(session.id, session.uri).catch(() => {});
        return session;
      } catch (error) {
        const taken = error instanceof ApiError && error.innermost.code === Code.nameTaken;
        if (!taken || this.#items.get(id)?.onConflict !== "keep" || copy > 200) throw error;
      }
    }
  }

  #set(id: string, change: Partial<UploadItem>, keep = true) {
    const item = this.#items.get(id);
    if (!item) return;
    // A paused upload is not woken by what was still on its way.
    this.#items.put({ ...item, ...change });
    if (keep && (change.state === "paused" || change.state === "failed")) void this.keeper.save({ ...item, ...change }).catch(() => {});
  }

  #drop(id: string) {
    this.#items.delete(id);
    this.#files.delete(id);
    void this.keeper.forget(id).catch(() => {});
  }
}
