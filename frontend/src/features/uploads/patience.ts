/** Tries again what fails for a reason that passes: what is known to be away, for as long as it takes. */
import { ApiError, Code, isAway, isFull } from "@/api/error";
import type { Waiting } from "./types";

/** Between tries of what nobody knows the end of. */
const LONGEST_MS = 30_000;
/**
 * Before a part is sent again that our server could not give to the storage. It does not say whether
 * that is away or will never take it, so all of the part is not sent for ever.
 */
const RESEND_MS = [1000, 4000, 15_000, 30_000, 60_000, 120_000, 180_000];
/**
 * How often a part is sent to where nothing has arrived yet: what is set up wrongly does not come right by
 * waiting. A host that this browser cannot find, or whose certificate it does not trust, looks like one
 * that is away; what refuses long bodies on the way looks like a connection that breaks off.
 */
const STRANGE_TRIES = new Map<number, number>([
  [Code.storage, 6],
  [Code.bucketClosed, 3],
  [Code.bucketAway, 10],
  [Code.bucketBusy, 10],
  [Code.brokenOff, 10],
]);
/** A bucket that says for a quarter of an hour that it is in trouble wants somebody to look at it. */
const MOST_TRIES = new Map<number, number>([[Code.bucketBusy, 30]]);

/** From here on it is the server that failed, and not what it was asked. */
const OF_SERVERS = 50_000;

type Reason = "server" | "way" | "away" | "storage" | "other";

/** What passes, and what is away then. All but the others come back by themselves, whenever that is. */
const PASSING = new Map<number, Reason>([
  [Code.network, "server"],
  [Code.brokenOff, "way"],
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

/** What is known of the work, which says how long it is worth trying. */
export interface Bounds {
  /** There if each try sends a whole part: whether none has ever arrived where it goes. */
  isStrange?: () => boolean;
  /** No more tries than so many, not counting those that our server never heard of. */
  tries?: number;
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

  async attempt<T>(work: () => Promise<T>, signal: AbortSignal, onWait: OnWait, bounds: Bounds = {}): Promise<T> {
    // Counted apart: who has waited long for the server has patience left for a storage.
    const failed = { server: 0, way: 0, away: 0, storage: 0, other: 0 };
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
        failed[reason] += 1;
        const pause = this.#pause(error.innermost.code, reason, failed[reason], bounds);
        if (pause === undefined) throw error;
        waited = true;
        onWait({ why: error.innermost, until: this.options.now() + pause });
        await this.#sleep(pause, signal);
      }
    }
  }

  /** After so many failures; nothing when it is not tried again. */
  #pause(code: number, reason: Reason, failures: number, { isStrange, tries = Number.POSITIVE_INFINITY }: Bounds): number | undefined {
    if (reason !== "server" && failures >= tries) return undefined;
    if (failures >= (MOST_TRIES.get(code) ?? Number.POSITIVE_INFINITY)) return undefined;
    if (isStrange?.() && failures >= (STRANGE_TRIES.get(code) ?? Number.POSITIVE_INFINITY)) return undefined;
    if (isStrange && reason === "storage" && code === Code.storage) return RESEND_MS[failures - 1];
    return this.options.retryMs[failures - 1] ?? (reason === "other" ? undefined : LONGEST_MS);
  }

  async #sleep(ms: number, signal: AbortSignal) {
    const alarm = new AbortController();
    this.#asleep.add(alarm);
    await this.options.wait(ms, AbortSignal.any([signal, alarm.signal])).catch(() => {});
    this.#asleep.delete(alarm);
    signal.throwIfAborted();
  }
}

/** Whether it is a storage that is waited for, which others may do without. */
export const isForStorage = (waiting: Waiting | undefined): boolean => !!waiting && ["away", "storage"].includes(reasonOf(waiting.why) ?? "");

/** Whether it is worth trying again. */
export const passes = (error: unknown): boolean => reasonOf(error) !== undefined;

function reasonOf(error: unknown): Reason | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { code } = error.innermost;
  if (isFull(error.innermost)) return "other";
  // Known to be away: nothing is sent until it answers.
  if (isAway(error.innermost)) return "away";
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
