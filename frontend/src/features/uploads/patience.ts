/** Tries again what fails for a reason that passes: what is away, for as long as it takes. */
import { ApiError, Code, hasCode, isFull } from "@/api/error";
import type { Waiting } from "./types";

/** Between tries of what nobody knows the end of. */
const LONGEST_MS = 30_000;
/** How often a storage is tried again that nothing has reached yet: rules that are missing do not come by waiting. */
const STRANGE_TRIES = 2;

/** From here on it is the server that failed, and not what it was asked. */
const OF_SERVERS = 50_000;

type Reason = "server" | "storage" | "other";

/** What passes, and what is away then. The first two come back by themselves, whenever that is. */
const PASSING = new Map<number, Reason>([
  [Code.network, "server"],
  [Code.brokenOff, "server"],
  [Code.storage, "storage"],
  [Code.bucketAway, "storage"],
  [Code.bucketBusy, "storage"],
  [Code.bucketClosed, "storage"],
  [Code.absent, "other"],
  [Code.internal, "other"],
]);

interface Options {
  retryMs: number[];
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Told what it waits for when that begins, and nothing when it goes on. */
type OnWait = (waiting: Waiting | undefined) => void;

export class Patience {
  readonly #asleep = new Set<AbortController>();

  constructor(readonly options: Options) {}

  /** The server is back: nobody waits any longer. */
  wake = () => {
    for (const sleeper of [...this.#asleep]) sleeper.abort();
  };

  /** @param isStrange whether nothing has ever reached the storage that this is for */
  async attempt<T>(work: () => Promise<T>, signal: AbortSignal, onWait: OnWait, isStrange: () => boolean = () => false): Promise<T> {
    const { retryMs, now } = this.options;
    // Counted apart: who has waited long for the server has patience left for a storage.
    const failed = { server: 0, storage: 0, other: 0 };
    let waited = false;
    for (;;) {
      try {
        signal.throwIfAborted();
        const result = await work();
        if (waited) onWait(undefined);
        return result;
      } catch (error) {
        const reason = reasonOf(error);
        if (signal.aborted || !reason || !(error instanceof ApiError)) throw error;
        const pause = retryMs[failed[reason]++] ?? (reason === "other" ? undefined : LONGEST_MS);
        const isGivenUp = failed.storage > STRANGE_TRIES && hasCode(error, Code.bucketClosed) && isStrange();
        if (pause === undefined || isGivenUp) throw error;
        waited = true;
        onWait({ why: error.innermost, until: now() + pause });
        await this.#sleep(pause, signal);
      }
    }
  }

  async #sleep(ms: number, signal: AbortSignal) {
    const alarm = new AbortController();
    this.#asleep.add(alarm);
    await this.options.wait(ms, AbortSignal.any([signal, alarm.signal])).catch(() => {});
    this.#asleep.delete(alarm);
    signal.throwIfAborted();
  }
}

/** Whether it is worth trying again. */
export const passes = (error: unknown): boolean => reasonOf(error) !== undefined;

function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { code } = error.innermost;
  if (isFull(error.innermost)) return "other";
  return PASSING.get(code) ?? (code >= OF_SERVERS ? "other" : undefined);
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
