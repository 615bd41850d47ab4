/** Tries again what fails for a reason that passes: a server that is away, for as long as it takes. */
import { ApiError, Code, hasCode } from "@/api/error";

/** Between tries of what nobody knows the end of. */
const LONGEST_MS = 30_000;
/** How often a storage is tried again that nothing has reached yet: rules that are missing do not come by waiting. */
const STRANGE_TRIES = 2;
const PASSING: number[] = [Code.network, Code.absent, Code.internal, Code.bucketAway, Code.bucketBusy];

interface Waiting {
  retryMs: number[];
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class Patience {
  readonly #asleep = new Set<AbortController>();

  constructor(readonly options: Waiting) {}

  /** The server is back: nobody waits any longer. */
  wake = () => {
    for (const sleeper of [...this.#asleep]) sleeper.abort();
  };

  /**
   * @param onWait told when it begins to wait for the server, and when it goes on
   * @param isStrange whether nothing has ever reached the storage that this is for
   */
  async attempt<T>(work: () => Promise<T>, signal: AbortSignal, onWait: (waiting: boolean) => void, isStrange: () => boolean = () => false): Promise<T> {
    // Counted apart: who has waited long for the server has patience left for a storage.
    let awayFor = 0;
    let failed = 0;
    for (;;) {
      try {
        signal.throwIfAborted();
        const result = await work();
        if (awayFor + failed > 0) onWait(false);
        return result;
      } catch (error) {
        const away = error instanceof ApiError && error.innermost.code === Code.network;
        const pause = this.options.retryMs[away ? awayFor++ : failed++] ?? (away ? LONGEST_MS : undefined);
        const isGivenUp = failed > STRANGE_TRIES && hasCode(error, Code.bucketAway) && isStrange();
        if (signal.aborted || pause === undefined || isGivenUp || !passes(error)) throw error;
        onWait(away);
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
export function passes(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const { code } = error.innermost;
  return PASSING.includes(code) || code >= 50000;
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
