/** Follows a folder and the account. The stream needs a token, so it is read by hand. */
import { openEvents } from "@/api/bytes";
import { reach, untilBack } from "@/api/reach";
import { untilShown, whileShown } from "../shown";
import { type Ended, tellTasks } from "../task-news";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** The server says something every 30 seconds; after thrice that the line is dead. */
const SILENCE_MS = 90_000;

/** @param again the connection is not the first one */
type Hear = (kind: string, data: string, again: boolean) => void;

/**
 * Until it is stopped, whatever happens to the connection, and as long as somebody sees the page: without
 * HTTP/2 all tabs of a browser have six connections together. The ends of tasks are passed on from here.
 */
export async function followEvents(uri: string, signal: AbortSignal, hear: Hear) {
  let wait = FIRST_WAIT_MS;
  for (let again = false; !signal.aborted; again = true) {
    await untilShown(signal);
    if (signal.aborted) return;
    const shown = whileShown();
    try {
      const goesOn = await listen(uri, AbortSignal.any([signal, shown.signal]), (kind, data) => {
        wait = FIRST_WAIT_MS;
        hear(kind, data, again);
        // What came while there was no connection is told now, or looked for.
        if (kind === "task") tellTasks(endedIn(data));
        else if (again && (kind === "subscribed" || kind === "resumed")) tellTasks();
      });
      if (!goesOn) return;
    } catch {
      // Lost connections come back; being offline shows elsewhere.
    } finally {
      shown.forget();
    }
    // Nothing was lost: nobody looked.
    if (shown.signal.aborted) {
      wait = FIRST_WAIT_MS;
      continue;
    }
    if (!signal.aborted) reach.suspect();
    await untilBack(wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** Resolves to whether trying again makes sense. */
async function listen(uri: string, signal: AbortSignal, hear: (kind: string, data: string) => void): Promise<boolean> {
  const silent = new AbortController();
  const response = await openEvents(uri, AbortSignal.any([signal, silent.signal]));
  if (!response) return false;
  const streams = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  if (!streams || !response.body) return response.status >= 500;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const watch = setTimeout(() => silent.abort(), SILENCE_MS);
    const { value, done } = await reader.read().finally(() => clearTimeout(watch));
    if (done) return true;
    buffer += value;
    const messages = buffer.split("\n\n");
    buffer = messages.pop() ?? "";
    for (const message of messages) {
      const { kind, data } = parse(message);
      if (!kind) continue;
      hear(kind, data);
      if (kind === "reconnect-required") return true;
    }
  }
}

/** The name of an event and its data. */
export function parse(message: string): { kind?: string; data: string } {
  const kind = /^event: ?(\S+)/m.exec(message)?.[1];
  const lines = message.split("\n").filter((line) => line.startsWith("data:"));
  return { kind, data: lines.map((line) => line.slice("data:".length)).join("\n") };
}

function endedIn(data: string): Ended[] {
  try {
    return JSON.parse(data) as Ended[];
  } catch {
    return [];
  }
}
