/** Sends chunks: several at once, each again when it fails for a reason that passes. */
import type { Patience } from "./patience";
import type { Options, Transport } from "./types";

interface Sending {
  session: { id: string; parallel: number };
  missing: number[];
  chunkOf: (index: number) => Blob;
  /** Ends at once. */
  signal: AbortSignal;
  /** Begins no further chunk. */
  enough: AbortSignal;
  /** Bytes that are on their way, and how many more than at the last call. */
  progress: (underway: number, more: number) => void;
  arrived: (index: number, underway: number) => void;
  onWait: (waiting: boolean) => void;
}

export class Sender {
  readonly #waiting: (() => void)[] = [];
  #now = 0;

  constructor(
    readonly transport: Transport,
    readonly patience: Patience,
    readonly options: Required<Options>,
  ) {}

  /** All chunks of one file. The first that fails for good ends the others. */
  async sendAll({ session, missing, chunkOf, signal, enough, progress, arrived, onWait }: Sending): Promise<void> {
    const underway = new Map<number, number>();
    const sum = () => [...underway.values()].reduce((all, bytes) => all + bytes, 0);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const left = [...missing];
    const send = (index: number) => {
      const note = (bytes: number) => {
        const more = bytes - (underway.get(index) ?? 0);
        underway.set(index, bytes);
        progress(sum(), more);
      };
      return this.#send(session.id, index, chunkOf(index), both, enough, note, onWait);
    };
    const worker = async () => {
      while (left.length > 0 && !enough.aborted) {
        const index = left.shift() ?? 0;
        if (!(await send(index))) return;
        underway.delete(index);
        arrived(index, sum());
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(session.parallel, missing.length) }, worker));
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  /** Answers whether it was sent: who is told that it is enough while it waits goes away. */
  async #send(session: string, index: number, chunk: Blob, signal: AbortSignal, enough: AbortSignal, note: (bytes: number) => void, onWait: (waiting: boolean) => void): Promise<boolean> {
    await this.#slot();
    try {
      const attempt = async () => {
        // What failed is not begun again once it is enough.
        if (enough.aborted) return false;
        try {
          await this.transport.send(session, index, chunk, note, signal);
          return true;
        } catch (error) {
          note(0);
          throw error;
        }
      };
      return await this.patience.attempt(attempt, signal, onWait);
    } finally {
      this.#now -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #slot() {
    while (this.#now >= this.options.chunks) await new Promise<void>((resume) => this.#waiting.push(resume));
    this.#now += 1;
  }
}
