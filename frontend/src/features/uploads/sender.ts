/** Sends chunks: several at once, each again when it fails for a reason that passes. */
import { asApiError, Code } from "@/api/error";
import type { Options, Transport } from "./types";

interface Sending {
  session: { id: string; parallel: number };
  missing: number[];
  chunkOf: (index: number) => Blob;
  signal: AbortSignal;
  /** Bytes that are on their way, and how many more than at the last call. */
  progress: (underway: number, more: number) => void;
  arrived: (index: number, underway: number) => void;
}

export class Sender {
  readonly #waiting: (() => void)[] = [];
  #now = 0;

  constructor(
    readonly transport: Transport,
    readonly options: Required<Options>,
  ) {}

  /** All chunks of one file. The first that fails for good ends the others. */
  async sendAll({ session, missing, chunkOf, signal, progress, arrived }: Sending): Promise<void> {
    const underway = new Map<number, number>();
    const sum = () => [...underway.values()].reduce((all, bytes) => all + bytes, 0);
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const left = [...missing];
    const worker = async () => {
      for (let index = left.shift(); index !== undefined; index = left.shift()) {
        const at = index;
        await this.#send(session.id, at, chunkOf(at), both, (bytes) => {
          const more = bytes - (underway.get(at) ?? 0);
          underway.set(at, bytes);
          progress(sum(), more);
        });
        underway.delete(at);
        arrived(at, sum());
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(session.parallel, missing.length) }, worker));
    } catch (error) {
      stop.abort();
      throw error;
    }
  }

  async #send(session: string, index: number, chunk: Blob, signal: AbortSignal, progress: (bytes: number) => void) {
    for (let attempt = 0; ; attempt += 1) {
      await this.#slot();
      try {
        signal.throwIfAborted();
        return await this.transport.send(session, index, chunk, progress, signal);
      } catch (error) {
        progress(0);
        const pause = this.options.retryMs[attempt];
        if (signal.aborted || pause === undefined || !worthRepeating(error)) throw error;
        await this.options.wait(pause, signal);
      } finally {
        this.#now -= 1;
        this.#waiting.shift()?.();
      }
    }
  }

  async #slot() {
    while (this.#now >= this.options.chunks) await new Promise<void>((resume) => this.#waiting.push(resume));
    this.#now += 1;
  }
}

function worthRepeating(error: unknown): boolean {
  const code = asApiError(error).innermost.code;
  return code === Code.network || code === Code.absent || code >= 50000 || code === -1;
}

export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
