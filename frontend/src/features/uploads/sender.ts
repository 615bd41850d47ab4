/** Sends chunks: several at once, each again when it fails for a reason that passes. */
import type { Patience } from "./patience";
import type { Options, Waiting } from "./types";

interface Sending {
  parallel: number;
  missing: number[];
  /** Sends one. Answers what is to be remembered of it. */
  send: (index: number, progress: (bytes: number) => void, signal: AbortSignal) => Promise<string | undefined>;
  /** Ends at once. */
  signal: AbortSignal;
  /** Begins no further chunk. */
  enough: AbortSignal;
  /** Bytes that are on their way, and how many more than at the last call. */
  progress: (underway: number, more: number) => void;
  arrived: (index: number, tag: string | undefined, underway: number) => void;
  onWait: (waiting: Waiting | undefined) => void;
  /** Whether nothing of this upload has arrived yet. */
  isStrange: () => boolean;
}

type Turn = Pick<Sending, "signal" | "enough" | "onWait" | "isStrange">;

export class Sender {
  readonly #waiting: (() => void)[] = [];
  #now = 0;

  constructor(
    readonly patience: Patience,
    readonly options: Required<Options>,
  ) {}

  /** All chunks of one file. The first that fails for good ends the others. */
  async sendAll({ parallel, missing, send, signal, enough, progress, arrived, onWait, isStrange }: Sending): Promise<void> {
    const underway = new Map<number, number>();
    const sum = () => [...underway.values()].reduce((all, bytes) => all + bytes, 0);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const left = [...missing];
    const sendOne = (index: number) => {
      const note = (bytes: number) => {
        const more = bytes - (underway.get(index) ?? 0);
        underway.set(index, bytes);
        progress(sum(), more);
      };
      const work = async () => {
        try {
          return await send(index, note, both);
        } catch (error) {
          note(0);
          throw error;
        }
      };
      return this.#inTurn(work, { signal: both, enough, onWait, isStrange });
    };
    const worker = async () => {
      while (left.length > 0 && !enough.aborted) {
        const index = left.shift() ?? 0;
        const sent = await sendOne(index);
        if (!sent) return;
        underway.delete(index);
        arrived(index, sent.tag, sum());
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(parallel, missing.length) }, worker));
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  /** Nothing, if it was not sent: who is told that it is enough while it waits goes away. */
  async #inTurn(work: () => Promise<string | undefined>, { signal, enough, onWait, isStrange }: Turn): Promise<{ tag?: string } | undefined> {
    // Each try has a turn of its own: who sleeps in between holds up nobody.
    const attempt = async () => {
      await this.#slot();
      try {
        signal.throwIfAborted();
        // What failed is not begun again once it is enough.
        return enough.aborted ? undefined : { tag: await work() };
      } finally {
        this.#free();
      }
    };
    return await this.patience.attempt(attempt, signal, onWait, { isStrange });
  }

  async #slot() {
    if (this.#now < this.options.chunks) this.#now += 1;
    else await new Promise<void>((resume) => this.#waiting.push(resume));
  }

  /** Hands the slot to who has waited longest, before anybody else takes it. */
  #free() {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#now -= 1;
  }
}
