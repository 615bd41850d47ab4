/**
 * Whether the server answers. Who meets a broken connection says so, and one probe asks until the
 * server is back; everybody else waits for that.
 */
import { connect } from "./http";

const FIRST_MS = 1_000;
const LONGEST_MS = 10_000;
/** An answer that takes longer is none. */
const PATIENCE_MS = 10_000;

const http = connect();
let away = false;
let probing = false;
const watchers = new Set<() => void>();
const returned = new Set<() => void>();
let lookNow = () => {};

export const reach = {
  away: () => away,
  /** Called when the server goes away and when it is back. */
  subscribe(listener: () => void): () => void {
    watchers.add(listener);
    return () => void watchers.delete(listener);
  },
  /** Called when the server, or the network, is there again. */
  onReturn(listener: () => void): () => void {
    returned.add(listener);
    return () => void returned.delete(listener);
  },
  /** Asks now whether the server answers. */
  answers,
  /** A request got no answer. */
  suspect() {
    if (!probing && typeof window !== "undefined") void probe();
  },
};

async function probe() {
  probing = true;
  for (let wait = FIRST_MS; !(await answers()); wait = Math.min(wait * 2, LONGEST_MS)) {
    set(true);
    await new Promise<void>((resume) => {
      const timer = setTimeout(resume, wait);
      lookNow = () => {
        clearTimeout(timer);
        resume();
      };
    });
  }
  probing = false;
  set(false);
}

async function answers(): Promise<boolean> {
  try {
    const { response } = await http.GET("/site/ping", { cache: "no-store", parseAs: "text", signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok;
  } catch {
    return false;
  }
}

function set(now: boolean) {
  if (away === now) return;
  away = now;
  for (const tell of watchers) tell();
  if (!away) for (const tell of returned) tell();
}

/** Waits so long, or until the server is back. */
export function untilBack(ms: number): Promise<void> {
  return new Promise((resume) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      resume();
    };
    const timer = setTimeout(end, ms);
    const stop = reach.onReturn(end);
  });
}

if (typeof window !== "undefined")
  window.addEventListener("online", () => {
    lookNow();
    if (!away) for (const tell of returned) tell();
  });
