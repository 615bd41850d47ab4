/** One upload, from the opening of its session to the last chunk. */
import { ApiError, asApiError, Code } from "@/api/error";
import { type Running, sendChunks } from "./chunks";
import { openSession, Taken } from "./opening";
import type { Patience } from "./patience";
import type { Queue } from "./queue";
import type { Sender } from "./sender";
import type { Speedometer } from "./speed";
import type { Session, Transport, UploadItem } from "./types";

/** A server that forgets what it has just opened is not asked for ever. */
const MOST_SESSIONS = 3;

interface Means {
  queue: Queue;
  transport: Transport;
  patience: Patience;
  sender: Sender;
  speed: Speedometer;
  /** Told of each file that has arrived, and of each that will not. */
  tell: (item: UploadItem) => void;
  cancel: (id: string) => Promise<void>;
}

/** Sends it, and notes in the queue how far it comes and how it ends. */
export async function upload(means: Means, id: string, running: Running): Promise<void> {
  const { queue, cancel } = means;
  try {
    for (let sessions = 1; !(await send(means, id, running)); sessions += 1)
      if (sessions === MOST_SESSIONS) throw new ApiError(Code.sessionUnknown, "");
  } catch (caught) {
    const item = queue.get(id);
    if (running.stop.signal.aborted || running.enough.signal.aborted || !item) return;
    const error = asApiError(caught);
    if (error.innermost.code !== Code.nameTaken) return queue.set(id, { state: "failed", error, waiting: undefined });
    if (item.onConflict === "skip") return void cancel(id);
    queue.set(id, { state: "conflict", taken: caught instanceof Taken ? caught.by : undefined });
  }
}

/** Answers whether it is over; if not, the server has forgotten the session. */
async function send(means: Means, id: string, running: Running): Promise<boolean> {
  const { queue, sender, speed } = means;
  const file = queue.fileOf(id);
  if (!file) return queue.set(id, { state: "lost" }), true;
  const { signal } = running.stop;
  if (running.enough.signal.aborted) return true;
  const session = queue.get(id)?.session ?? (await open(means, id, signal));
  const item = queue.get(id);
  if (!session || !item || running.enough.signal.aborted || signal.aborted) return true;
  try {
    const all = await sendChunks(sender, { item, session, file, ...running }, {
      sent: (sent, more) => {
        speed.mark(more);
        queue.set(id, { sent });
      },
      received: (received) => {
        queue.set(id, { received });
        void queue.save(id);
      },
      onWait: (waiting) => queue.setWaiting(id, waiting),
    });
    if (all) finish(means, id);
  } catch (error) {
    if (!(error instanceof ApiError) || error.innermost.code !== Code.sessionUnknown || signal.aborted) throw error;
    // What it received is gone with the session, or has become the file.
    queue.set(id, { session: undefined, received: [], sent: 0, doubtful: true });
    return false;
  }
  return true;
}

/** Nothing, if there was nothing to send or nobody wants it any longer. */
async function open(means: Means, id: string, signal: AbortSignal): Promise<Session | undefined> {
  const { queue, transport, patience } = means;
  const before = queue.get(id);
  // Should the answer be lost, the next page knows that something may be there.
  await queue.save(id, { doubtful: true });
  const opened = await openSession({
    transport,
    item: () => queue.get(id),
    attempt: (work) => patience.attempt(work, signal, (waiting) => queue.setWaiting(id, waiting)),
  });
  const { name, uri } = opened;
  if ("already" in opened) {
    queue.set(id, { name, uri, already: true });
    return void finish(means, id);
  }
  const { session, received } = opened;
  queue.set(id, { session, received, uri, name, doubtful: undefined, taken: undefined });
  if (queue.get(id)) await queue.save(id);
  // Canceled while the session was being opened: nobody else would close it.
  else if (before) await undo(means, { ...before, session, uri });
  return session;
}

function finish({ queue, tell }: Means, id: string) {
  const done = queue.finish(id);
  if (done) tell(done);
}

/** Ends what an upload has begun on the server. */
export async function undo({ transport, patience, tell }: Pick<Means, "transport" | "patience" | "tell">, item: UploadItem): Promise<void> {
  const never = new AbortController().signal;
  const onServer = (session: string) => patience.attempt(() => transport.cancel(session, item.uri), never, () => {}).catch(() => {});
  if (item.session) await onServer(item.session.id);
  else if (item.doubtful) {
    const found = await patience.attempt(() => transport.look(item.uri), never, () => {}).catch(() => undefined);
    if (found?.unfinished) await onServer(found.unfinished);
  } else return;
  tell(item);
}
