/**
 * The upload engine: a queue of files that go up in chunks, several at once, and can be paused,
 * resumed, retried and continued after the page was closed. It knows neither React nor the
 * network; both are handed in.
 */
import { ApiError, asApiError, Code } from "@/api/error";
import { uuid } from "@/ui/random";
import { type Running, sendChunks } from "./chunks";
import { ItemList } from "./items";
import { openSession, Taken } from "./opening";
import { delay, Patience } from "./patience";
import { Sender } from "./sender";
import { Speedometer } from "./speed";
import type { Keeper, OnConflict, Options, Session, Transport, UploadItem } from "./types";

const DEFAULT_RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const DEFAULT_GRACE_MS = 15_000;
/** A server that forgets what it has just opened is not asked for ever. */
const MOST_SESSIONS = 3;

export interface Wanted {
  file: File;
  folder: string;
  uri: string;
  name: string;
}

export class UploadEngine {
  readonly #items = new ItemList();
  readonly #files = new Map<string, File>();
  readonly #running = new Map<string, Running>();
  readonly #changed = new Set<(item: UploadItem) => void>();
  readonly #options: Required<Options>;
  readonly #patience: Patience;
  readonly #sender: Sender;
  readonly #speed: Speedometer;

  constructor(
    readonly transport: Transport,
    readonly keeper: Keeper,
    options: Options = {},
  ) {
    this.#options = { files: 3, chunks: 6, retryMs: DEFAULT_RETRY_MS, graceMs: DEFAULT_GRACE_MS, now: Date.now, wait: delay, ...options };
    this.#patience = new Patience(this.#options);
    this.#sender = new Sender(transport, this.#patience, this.#options);
    this.#speed = new Speedometer(this.#options.now);
  }

  subscribe = (listener: () => void): (() => void) => this.#items.subscribe(listener);

  snapshot = (): readonly UploadItem[] => this.#items.snapshot();

  /** Tells of each file that has arrived, and of each that will not. */
  onChanged(listener: (item: UploadItem) => void) {
    this.#changed.add(listener);
  }

  add(wanted: Wanted[], account: string, onConflict: OnConflict = "ask") {
    for (const { file, folder, uri, name } of wanted) {
      if (this.#goesOnWith(file, uri, account)) continue;
      const { size, lastModified, type } = file;
      const item: UploadItem = { id: uuid(), account, name, folder, uri, size, lastModified, type, state: "queued", onConflict, sent: 0, received: [] };
      this.#items.put(item);
      this.#files.set(item.id, file);
      void this.keeper.save(item, file).catch(() => {});
    }
    this.#pump();
  }

  /** Whether the file is one that is being uploaded, or waits for being chosen again. */
  #goesOnWith(file: File, uri: string, account: string): boolean {
    const known = this.#items.all().find((item) => item.uri === uri && item.account === account && item.state !== "done" && isFileOf(item, file));
    if (!known) return false;
    this.#files.set(known.id, file);
    void this.keeper.save(known, file).catch(() => {});
    if (known.state === "lost") this.#set(known.id, { state: "queued" });
    else this.resume(known.id);
    return true;
  }

  /** Brings back what an earlier page left unfinished. Answers how much that is. */
  async restore(account: string): Promise<number> {
    let count = 0;
    for (const { item, file } of await this.keeper.load()) {
      if (item.account !== account || this.#items.get(item.id)) continue;
      count += 1;
      const state = item.state === "running" ? "queued" : item.state;
      const expired = item.session && item.session.expires * 1000 <= this.#options.now();
      const session = expired ? undefined : item.session;
      const received = session ? item.received : [];
      this.#items.put({ ...item, session, received, waiting: undefined, state: file ? state : "lost" });
      if (file) this.#files.set(item.id, file);
    }
    this.#pump();
    return count;
  }

  /** The file of an upload that lost it; only the same one can go on. */
  giveFile(id: string, file: File): boolean {
    const item = this.#items.get(id);
    if (!item || !isFileOf(item, file)) return false;
    this.#files.set(id, file);
    this.#set(id, { state: "queued" });
    this.#pump();
    return true;
  }

  /** What is under way may arrive, if that does not take long: it is not thrown away. */
  pause(id: string) {
    const item = this.#items.get(id);
    if (item?.state !== "running" && item?.state !== "queued") return;
    this.#set(id, { state: "paused", waiting: undefined });
    const running = this.#running.get(id);
    running?.enough.abort();
    if (running) void this.#options.wait(this.#options.graceMs, running.stop.signal).then(() => running.stop.abort(), () => {});
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

  /** Ends an upload, and what it has begun on the server. */
  async cancel(id: string) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#running.get(id)?.stop.abort();
    this.#drop(id);
    this.#pump();
    if (item.state !== "done") await this.#undo(item);
  }

  async #undo(item: UploadItem) {
    const never = new AbortController().signal;
    const onServer = (session: string) => this.#patience.attempt(() => this.transport.cancel(session, item.uri), never, () => {}).catch(() => {});
    if (item.session) await onServer(item.session.id);
    else if (item.doubtful) {
      const found = await this.#patience.attempt(() => this.transport.look(item.uri), never, () => {}).catch(() => undefined);
      if (found?.unfinished) await onServer(found.unfinished);
    } else return;
    this.#tell(item);
  }

  clearDone() {
    for (const item of this.#items.all()) if (item.state === "done") this.#drop(item.id);
  }

  pauseAll = () => this.#items.all().forEach(({ id }) => this.pause(id));
  resumeAll = () => this.#items.all().forEach(({ id }) => this.resume(id));

  /** The server is back: what waits for it goes on. */
  wake = () => this.#patience.wake();

  /** Bytes per second over the last few seconds. */
  speed = (): number => this.#speed.perSecond();

  #pump() {
    for (const item of this.#items.all()) {
      if (this.#running.size >= this.#options.files) return;
      if (item.state !== "queued" || this.#running.has(item.id)) continue;
      const running = { stop: new AbortController(), enough: new AbortController() };
      this.#running.set(item.id, running);
      this.#set(item.id, { state: "running" });
      void this.#run(item.id, running).finally(() => {
        this.#running.delete(item.id);
        // Whoever waits for it to end need not wait longer.
        running.stop.abort();
        this.#pump();
      });
    }
  }

  async #run(id: string, running: Running) {
    try {
      for (let sessions = 1; !(await this.#upload(id, running)); sessions += 1)
        if (sessions === MOST_SESSIONS) throw new ApiError(Code.sessionUnknown, "");
    } catch (caught) {
      const item = this.#items.get(id);
      if (running.stop.signal.aborted || running.enough.signal.aborted || !item) return;
      const error = asApiError(caught);
      if (error.innermost.code !== Code.nameTaken) return this.#set(id, { state: "failed", error, waiting: undefined });
      if (item.onConflict === "skip") return void this.cancel(id);
      this.#set(id, { state: "conflict", taken: caught instanceof Taken ? caught.by : undefined });
    }
  }

  /** Answers whether it is over; if not, the server has forgotten the session. */
  async #upload(id: string, running: Running): Promise<boolean> {
    const file = this.#files.get(id);
    if (!file) return this.#set(id, { state: "lost" }), true;
    const { signal } = running.stop;
    if (running.enough.signal.aborted) return true;
    const session = this.#items.get(id)?.session ?? (await this.#open(id, signal));
    const item = this.#items.get(id);
    if (!session || !item || running.enough.signal.aborted || signal.aborted) return true;
    try {
      const change = (part: Partial<UploadItem>) => this.#set(id, part, false);
      const all = await sendChunks(this.#sender, { item, session, file, ...running }, {
        sent: (sent, more) => {
          this.#speed.mark(more);
          change({ sent });
        },
        received: (received) => {
          change({ received });
          const now = this.#items.get(id);
          if (now) void this.keeper.save(now).catch(() => {});
        },
        onWait: (waiting) => this.#setWaiting(id, waiting),
      });
      if (all) this.#finish(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.innermost.code !== Code.sessionUnknown || signal.aborted) throw error;
      // What it received is gone with the session, or has become the file.
      this.#set(id, { session: undefined, received: [], sent: 0, doubtful: true });
      return false;
    }
    return true;
  }

  /** Nothing, if there was nothing to send or nobody wants it any longer. */
  async #open(id: string, signal: AbortSignal): Promise<Session | undefined> {
    const before = this.#items.get(id);
    // Should the answer be lost, the next page knows that something may be there.
    if (before) await this.keeper.save({ ...before, doubtful: true }).catch(() => {});
    const opened = await openSession({
      transport: this.transport,
      item: () => this.#items.get(id),
      attempt: (work) => this.#patience.attempt(work, signal, (waiting) => this.#setWaiting(id, waiting)),
    });
    const { name, uri } = opened;
    if ("already" in opened) {
      this.#set(id, { name, uri, already: true });
      return void this.#finish(id);
    }
    const { session, received } = opened;
    this.#set(id, { session, received, uri, name, doubtful: undefined, taken: undefined });
    const now = this.#items.get(id);
    if (now) await this.keeper.save(now).catch(() => {});
    // Canceled while the session was being opened: nobody else would close it.
    else if (before) await this.#undo({ ...before, session, uri });
    return session;
  }

  #finish(id: string) {
    const item = this.#items.get(id);
    if (!item) return;
    const done: UploadItem = { ...item, state: "done", sent: item.size, waiting: undefined };
    this.#items.put(done);
    void this.keeper.forget(id).catch(() => {});
    this.#files.delete(id);
    this.#tell(done);
  }

  #tell(item: UploadItem) {
    for (const listener of this.#changed) listener(item);
  }

  #setWaiting(id: string, waiting: boolean) {
    const item = this.#items.get(id);
    if (item?.state === "running" && !!item.waiting !== waiting) this.#set(id, { waiting: waiting || undefined }, false);
  }

  #set(id: string, change: Partial<UploadItem>, keep = true) {
    const item = this.#items.get(id);
    if (!item) return;
    this.#items.put({ ...item, ...change });
    if (keep && (change.state === "paused" || change.state === "failed")) void this.keeper.save({ ...item, ...change }).catch(() => {});
  }

  #drop(id: string) {
    this.#items.delete(id);
    this.#files.delete(id);
    void this.keeper.forget(id).catch(() => {});
  }
}

const isFileOf = (item: UploadItem, file: File) => item.size === file.size && item.lastModified === file.lastModified;
