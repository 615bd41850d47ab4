/**
 * The upload engine: a queue of files that go up in chunks, several at once, and can be paused,
 * resumed, retried and continued after the page was closed. It knows neither React nor the
 * network; both are handed in. Here is what people do with the queue; what becomes of one upload
 * is in `upload.ts`.
 */
import { uuid } from "@/ui/random";
import type { Running } from "./chunks";
import { delay, Patience } from "./patience";
import { next } from "./places";
import { Queue } from "./queue";
import { Sender } from "./sender";
import { Speedometer } from "./speed";
import type { Keeper, OnConflict, Options, Transport, UploadItem, Waiting } from "./types";
import { undo, upload } from "./upload";

const DEFAULT_RETRY_MS = [1000, 2000, 4000, 8000, 15_000];
const DEFAULT_GRACE_MS = 15_000;

export interface Wanted {
  file: File;
  folder: string;
  uri: string;
  name: string;
}

export class UploadEngine {
  readonly #queue: Queue;
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
    this.#queue = new Queue(keeper);
    this.#patience = new Patience(this.#options);
    this.#sender = new Sender(this.#patience, this.#options);
    this.#speed = new Speedometer(this.#options.now);
  }

  subscribe = (listener: () => void): (() => void) => this.#queue.subscribe(listener);

  snapshot = (): readonly UploadItem[] => this.#queue.snapshot();

  /** Tells of each file that has arrived, and of each that will not. */
  onChanged(listener: (item: UploadItem) => void) {
    this.#changed.add(listener);
  }

  /** Answers the numbers of the uploads, in order. */
  add(wanted: Wanted[], account: string, onConflict: OnConflict = "ask"): string[] {
    const ids = wanted.map(({ file, folder, uri, name }) => {
      const known = this.#goesOnWith(file, uri, account, onConflict);
      if (known) return known;
      const { size, lastModified, type } = file;
      const id = uuid();
      this.#queue.add({ id, account, name, folder, uri, size, lastModified, type, state: "queued", onConflict, sent: 0, received: [] }, file);
      return id;
    });
    this.#pump();
    return ids;
  }

  /** The upload of this file that is under way, or waits for it being chosen again; nothing if there is none. */
  #goesOnWith(file: File, uri: string, account: string, onConflict: OnConflict): string | undefined {
    const known = this.#queue.all().find((item) => item.uri === uri && item.account === account && item.state !== "done" && isFileOf(item, file));
    if (!known) return undefined;
    this.#queue.giveFile(known, file);
    // Whoever knows what is to be done with a taken name answers for those who did not.
    if (onConflict !== "ask") this.#queue.set(known.id, { onConflict, ...(known.state === "conflict" && { state: "queued" }) });
    if (known.state === "lost") this.#queue.set(known.id, { state: "queued" });
    else this.resume(known.id);
    return known.id;
  }

  /** Brings back what an earlier page left unfinished. Answers how much that is. */
  async restore(account: string): Promise<number> {
    let count = 0;
    for (const { item, file } of await this.keeper.load()) {
      if (item.account !== account || this.#queue.get(item.id)) continue;
      count += 1;
      const state = item.state === "running" ? "queued" : item.state;
      const expired = item.session && item.session.expires * 1000 <= this.#options.now();
      const session = expired ? undefined : item.session;
      const received = session ? item.received : [];
      const tags = session && item.tags;
      this.#queue.put({ ...item, session, received, tags, waiting: undefined, state: file ? state : "lost" }, file);
    }
    this.#pump();
    return count;
  }

  /** The file of an upload that lost it; only the same one can go on. */
  giveFile(id: string, file: File): boolean {
    const item = this.#queue.get(id);
    if (!item || !isFileOf(item, file)) return false;
    this.#queue.put({ ...item, state: "queued" }, file);
    this.#pump();
    return true;
  }

  /** What is under way may arrive, if that does not take long: it is not thrown away. */
  pause(id: string) {
    const item = this.#queue.get(id);
    if (item?.state !== "running" && item?.state !== "queued") return;
    this.#queue.set(id, { state: "paused", waiting: undefined });
    const running = this.#running.get(id);
    running?.enough.abort();
    if (running) void this.#options.wait(this.#options.graceMs, running.stop.signal).then(() => running.stop.abort(), () => {});
  }

  resume(id: string) {
    const item = this.#queue.get(id);
    if (item?.state !== "paused" && item?.state !== "failed") return;
    this.#queue.set(id, { state: "queued", error: undefined });
    this.#pump();
  }

  /** Answers a conflict, for one or for all that wait and will come. */
  resolve(id: string, choice: Exclude<OnConflict, "ask">, all = false) {
    for (const item of this.#queue.all()) {
      const meant = item.id === id || (all && (item.state === "conflict" || item.state === "queued" || item.state === "running"));
      if (!meant) continue;
      if (item.state !== "conflict") this.#queue.set(item.id, { onConflict: choice });
      else if (choice === "skip") void this.cancel(item.id);
      else this.#queue.set(item.id, { onConflict: choice, state: "queued" });
    }
    this.#pump();
  }

  /** Ends an upload, and what it has begun on the server. */
  cancel = async (id: string): Promise<void> => {
    const item = this.#queue.get(id);
    if (!item) return;
    this.#running.get(id)?.stop.abort();
    this.#queue.drop(id);
    this.#pump();
    if (item.state !== "done") await undo(this.#means(), item);
  };

  clearDone() {
    for (const item of this.#queue.all()) if (item.state === "done") this.#queue.drop(item.id);
  }

  pauseAll = () => this.#queue.all().forEach(({ id }) => this.pause(id));
  resumeAll = () => this.#queue.all().forEach(({ id }) => this.resume(id));

  /** The server is back: what waits for it goes on. */
  wake = () => this.#patience.wake();

  /** Bytes per second over the last few seconds. */
  speed = (): number => this.#speed.perSecond();

  /** Begins as many as may be under way at once. */
  #pump() {
    for (;;) {
      const item = next(this.#queue.all(), new Set(this.#running.keys()), this.#options.files);
      if (!item) return;
      const running = { stop: new AbortController(), enough: new AbortController() };
      this.#running.set(item.id, running);
      this.#queue.set(item.id, { state: "running" });
      void upload(this.#means(), item.id, running).finally(() => {
        this.#running.delete(item.id);
        // Whoever waits for it to end need not wait longer.
        running.stop.abort();
        this.#pump();
      });
    }
  }

  #means() {
    const { transport, cancel } = this;
    return { queue: this.#queue, transport, patience: this.#patience, sender: this.#sender, speed: this.#speed, wait: this.#wait, tell: this.#tell, cancel };
  }

  /** Whoever waits may leave the place to another. */
  #wait = (id: string, waiting: Waiting | undefined) => {
    this.#queue.setWaiting(id, waiting);
    if (waiting) this.#pump();
  };

  #tell = (item: UploadItem) => {
    for (const listener of this.#changed) listener(item);
  };
}

const isFileOf = (item: UploadItem, file: File) => item.size === file.size && item.lastModified === file.lastModified;
