/**
 * The upload engine: a queue of files that go up in chunks, several at once, and can be paused,
 * resumed, retried and continued after the page was closed. It knows neither React nor the
 * network; both are handed in.
 */
import { ApiError, asApiError, Code } from "@/api/error";
import type { Upload } from "@/api/wire";

export type UploadState = "queued" | "running" | "paused" | "conflict" | "failed" | "lost" | "done";
export type OnConflict = "ask" | "keep" | "replace" | "skip";

export interface UploadItem {
  id: string;
  /** Whose upload it is; another account in the same browser leaves it alone. */
  account: string;
  name: string;
  /** Where it goes: the folder, and the full URI below it. */
  folder: string;
  uri: string;
  size: number;
  lastModified: number;
  type: string;
  state: UploadState;
  onConflict: OnConflict;
  /** Bytes the server has or is receiving. */
  sent: number;
  error?: ApiError;
  session?: { id: string; uri: string; chunkSize: number; expires: number; parallel: number };
  /** Chunks the server has acknowledged. */
  received: number[];
}

export interface Transport {
  /** @throws {ApiError} with `nameTaken` when something of that name is there. */
  open(item: UploadItem, replace: boolean, signal: AbortSignal): Promise<Upload>;
  send(session: string, index: number, chunk: Blob, progress: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  cancel(session: string, uri: string): Promise<void>;
}

/** Remembers uploads over a reload. Files too large to keep are asked for again. */
export interface Keeper {
  save(item: UploadItem, file?: File): Promise<void>;
  forget(id: string): Promise<void>;
  load(): Promise<{ item: UploadItem; file?: File }[]>;
}

interface Options {
  /** Files at once. */
  files?: number;
  /** Chunks at once over all files. */
  chunks?: number;
  /** Before the first, second… repetition of a chunk. */
  retryMs?: number[];
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const DEFAULT_RETRY_MS = [1000, 2000, 4000];
/** How many chunks of one file go at once unless the storage says otherwise. */
const DEFAULT_PARALLEL = 3;
const SPEED_WINDOW_MS = 5000;

export class UploadEngine {
  readonly #items = new Map<string, UploadItem>();
  readonly #files = new Map<string, File>();
  readonly #running = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  readonly #finished = new Set<(item: UploadItem) => void>();
  readonly #sendings: (() => void)[] = [];
  readonly #marks: { at: number; bytes: number }[] = [];
  readonly #options: Required<Options>;
  #chunksNow = 0;
  #snapshot: readonly UploadItem[] = [];
  #notified = false;

  constructor(
    readonly transport: Transport,
    readonly keeper: Keeper,
    options: Options = {},
  ) {
    this.#options = { files: 3, chunks: 6, retryMs: DEFAULT_RETRY_MS, now: Date.now, wait: delay, ...options };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  snapshot = (): readonly UploadItem[] => this.#snapshot;

  /** Tells of each file that has arrived. */
  onFinished(listener: (item: UploadItem) => void) {
    this.#finished.add(listener);
  }

  add(entries: { file: File; folder: string; uri: string; name: string }[], account: string, onConflict: OnConflict = "ask") {
    for (const { file, folder, uri, name } of entries) {
      const item: UploadItem = {
        id: crypto.randomUUID(),
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
      this.#items.set(item.id, item);
      this.#files.set(item.id, file);
      void this.keeper.save(item, file).catch(() => {});
    }
    this.#changed();
    this.#pump();
  }

  /** Brings back what an earlier page left unfinished. */
  async restore(account: string) {
    for (const { item, file } of await this.keeper.load()) {
      if (item.account !== account || this.#items.has(item.id)) continue;
      const state = item.state === "running" ? "queued" : item.state;
      const expired = item.session && item.session.expires * 1000 <= this.#options.now();
      const session = expired ? undefined : item.session;
      const received = session ? item.received : [];
      this.#items.set(item.id, { ...item, session, received, state: file ? state : "lost" });
      if (file) this.#files.set(item.id, file);
    }
    this.#changed();
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
    for (const item of this.#items.values()) {
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
    for (const item of [...this.#items.values()]) if (item.state === "done") this.#drop(item.id);
    this.#changed();
  }

  retryAll() {
    for (const item of this.#items.values()) if (item.state === "failed") this.#set(item.id, { state: "queued", error: undefined });
    this.#pump();
  }

  pauseAll() {
    for (const item of [...this.#items.values()]) this.pause(item.id);
  }

  resumeAll() {
    for (const item of [...this.#items.values()]) this.resume(item.id);
  }

  /** Bytes per second over the last few seconds. */
  speed(): number {
    const now = this.#options.now();
    while (this.#marks[0] && now - this.#marks[0].at > SPEED_WINDOW_MS) this.#marks.shift();
    const first = this.#marks[0];
    if (!first) return 0;
    const bytes = this.#marks.reduce((sum, mark) => sum + mark.bytes, 0);
    return (bytes / Math.max(500, now - first.at)) * 1000;
  }

  #pump() {
    for (const item of this.#items.values()) {
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
    const underway = new Map<number, number>();
    const sizeOf = (index: number) => Math.min(chunkSize, item.size - index * chunkSize);
    const countSent = () => {
      let sent = 0;
      for (const index of received) sent += sizeOf(index);
      for (const bytes of underway.values()) sent += bytes;
      this.#set(id, { sent: Math.min(item.size, sent) }, false);
    };
    countSent();

    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const worker = async () => {
      for (let index = missing.shift(); index !== undefined; index = missing.shift()) {
        const at = index;
        const chunk = file.slice(at * chunkSize, at * chunkSize + sizeOf(at));
        await this.#sendChunk(session.id, at, chunk, both, (bytes) => {
          this.#mark(bytes - (underway.get(at) ?? 0));
          underway.set(at, bytes);
          countSent();
        });
        underway.delete(at);
        received.add(at);
        this.#set(id, { received: [...received] });
        countSent();
        const now = this.#items.get(id);
        if (now && received.size < count) void this.keeper.save(now).catch(() => {});
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(session.parallel, missing.length) }, worker));
    } catch (error) {
      stop.abort();
      // The server forgot the session: what it received is gone, the file starts anew.
      if (error instanceof ApiError && error.innermost.code === 40011 && !signal.aborted) {
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

  async #sendChunk(session: string, index: number, chunk: Blob, signal: AbortSignal, progress: (bytes: number) => void) {
    for (let attempt = 0; ; attempt += 1) {
      await this.#slot();
      try {
        signal.throwIfAborted();
        return await this.transport.send(session, index, chunk, progress, signal);
      } catch (error) {
        progress(0);
        const pause = this.#options.retryMs[attempt];
        if (signal.aborted || pause === undefined || !worthRepeating(error)) throw error;
        await this.#options.wait(pause, signal);
      } finally {
        this.#chunksNow -= 1;
        this.#sendings.shift()?.();
      }
    }
  }

  async #slot() {
    while (this.#chunksNow >= this.#options.chunks) await new Promise<void>((resume) => this.#sendings.push(resume));
    this.#chunksNow += 1;
  }

  #mark(bytes: number) {
    if (bytes > 0) this.#marks.push({ at: this.#options.now(), bytes });
  }

  #set(id: string, change: Partial<UploadItem>, keep = true) {
    const item = this.#items.get(id);
    if (!item) return;
    // A paused upload is not woken by what was still on its way.
    this.#items.set(id, { ...item, ...change });
    if (keep && (change.state === "paused" || change.state === "failed")) void this.keeper.save({ ...item, ...change }).catch(() => {});
    this.#changed();
  }

  #drop(id: string) {
    this.#items.delete(id);
    this.#files.delete(id);
    void this.keeper.forget(id).catch(() => {});
    this.#changed();
  }

  /** Many changes of one moment are told once. */
  #changed() {
    if (this.#notified) return;
    this.#notified = true;
    queueMicrotask(() => {
      this.#notified = false;
      this.#snapshot = [...this.#items.values()];
      for (const listener of this.#listeners) listener();
    });
  }
}

function worthRepeating(error: unknown): boolean {
  const code = asApiError(error).innermost.code;
  return code === Code.network || code === Code.absent || code >= 50000 || code === -1;
}

/** `plan.md` becomes `plan (1).md`. */
export function renamed(item: { uri: string; name: string }, copy: number): { uri: string; name: string } {
  const dot = item.name.lastIndexOf(".");
  const stem = dot > 0 ? item.name.slice(0, dot) : item.name;
  const extension = dot > 0 ? item.name.slice(dot) : "";
  const name = `${stem} (${copy})${extension}`;
  const folder = item.uri.slice(0, item.uri.lastIndexOf("/") + 1);
  return { name, uri: folder + encodeURIComponent(name) };
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
