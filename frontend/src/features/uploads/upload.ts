/** One upload, from the opening of its session to the last chunk. */
import { type ApiError, asApiError, Code, hasCode } from "@/api/error";
import { type Running, sendChunks } from "./chunks";
import { openSession, Taken } from "./opening";
import type { Patience } from "./patience";
import type { Queue } from "./queue";
import type { Sender } from "./sender";
import type { Speedometer } from "./speed";
import type { Session, Transport, UploadItem, Waiting } from "./types";

/** A server that forgets what it has just opened is not asked for ever; a storage that does so costs more. */
const MOST_SESSIONS = 3;
const MOST_AT_STORAGE = 2;
/** What nobody waits for is not tried for ever: the server ends sessions by itself as well. */
const UNDO = { tries: 4 };
const UNDO_MS = 10 * 60_000;

interface Means {
  queue: Queue;
  transport: Transport;
  patience: Patience;
  sender: Sender;
  speed: Speedometer;
  /** Told what an upload waits for, and when it goes on. */
  wait: (id: string, waiting: Waiting | undefined) => void;
  /** Told of each file that has arrived, and of each that will not. */
  tell: (item: UploadItem) => void;
  cancel: (id: string) => Promise<void>;
}

/** Sends it, and notes in the queue how far it comes and how it ends. */
export async function upload(means: Means, id: string, running: Running): Promise<void> {
  const { queue, cancel } = means;
  try {
    for (let sessions = 1; ; sessions += 1) {
      const forgotten = await send(means, id, running);
      if (!forgotten) return;
      if (sessions >= (hasCode(forgotten, Code.sessionUnknown) ? MOST_SESSIONS : MOST_AT_STORAGE)) throw forgotten;
    }
  } catch (caught) {
    const item = queue.get(id);
    if (running.stop.signal.aborted || running.enough.signal.aborted || !item) return;
    const error = asApiError(caught);
    if (error.innermost.code !== Code.nameTaken) return queue.set(id, { state: "failed", error, waiting: undefined });
    if (item.onConflict === "skip") return void cancel(id);
    queue.set(id, { state: "conflict", taken: caught instanceof Taken ? caught.by : undefined });
  }
}

/** Nothing, when it is over; else how it was told that the session is worth nothing any more. */
async function send(means: Means, id: string, running: Running): Promise<ApiError | undefined> {
  const { queue } = means;
  const file = queue.fileOf(id);
  if (!file) return void queue.set(id, { state: "lost" });
  const { signal } = running.stop;
  if (running.enough.signal.aborted) return undefined;
  const session = queue.get(id)?.session ?? (await open(means, id, signal));
  const item = queue.get(id);
  if (!session || !item || running.enough.signal.aborted || signal.aborted) return undefined;
  try {
    if (await carry(means, { item, session, file, ...running })) finish(means, id);
  } catch (error) {
    const isOver = hasCode(error, Code.bucketRefused) && session.expires * 1000 <= means.sender.options.now();
    if (!(isOver || hasCode(error, Code.sessionUnknown, Code.bucketForgot)) || signal.aborted) throw error;
    // Our server still has what the storage has not, and would go on with it.
    if (!hasCode(error, Code.sessionUnknown)) await closeSession(means, session.id, item.uri, signal);
    // What it received is gone with the session, or has become the file.
    queue.set(id, { session: undefined, received: [], tags: undefined, sent: 0, doubtful: true });
    return asApiError(error);
  }
  return undefined;
}

/** Sends what is missing, and has it joined. Answers whether it is a file now. */
async function carry({ queue, transport, patience, sender, speed, wait }: Means, sent: { item: UploadItem; session: Session; file: File } & Running): Promise<boolean> {
  const { id } = sent.item;
  const { session, stop, enough } = sent;
  const onWait = (waiting: Waiting | undefined) => wait(id, waiting);
  const carrier = transport.carrier(session);
  const tags = await sendChunks(sender, { ...sent, carrier }, {
    sent: (sum, more) => {
      speed.mark(more);
      queue.set(id, { sent: sum });
    },
    received: (received, tags) => {
      queue.set(id, { received, tags });
      void queue.save(id);
    },
    onWait,
  });
  if (!tags || !carrier.finish) return !!tags;
  const join = async () => {
    if (enough.signal.aborted) return false;
    await carrier.finish?.(session, tags, stop.signal);
    return true;
  };
  return await patience.attempt(join, stop.signal, onWait);
}

/** Nothing, if there was nothing to send or nobody wants it any longer. */
async function open(means: Means, id: string, signal: AbortSignal): Promise<Session | undefined> {
  const { queue, transport, patience, wait } = means;
  const before = queue.get(id);
  // Should the answer be lost, the next page knows that something may be there.
  await queue.save(id, { doubtful: true });
  const opened = await openSession({
    transport,
    item: () => queue.get(id),
    attempt: (work) => patience.attempt(work, signal, (waiting) => wait(id, waiting)),
  });
  const { name, uri } = opened;
  if ("already" in opened) {
    queue.set(id, { name, uri, already: true });
    return void finish(means, id);
  }
  const { session, received } = opened;
  const instead = before && before.name !== name ? (before.instead ?? before.name) : before?.instead;
  queue.set(id, { session, received, tags: undefined, uri, name, instead, doubtful: undefined, taken: undefined });
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
  const signal = AbortSignal.timeout(UNDO_MS);
  const onServer = (session: string) => closeSession({ transport, patience }, session, item.uri, signal);
  if (item.session) await onServer(item.session.id);
  else if (item.doubtful) {
    const found = await patience.attempt(() => transport.look(item.uri), signal, () => {}, UNDO).catch(() => undefined);
    if (found?.unfinished) await onServer(found.unfinished);
  } else return;
  tell(item);
}

const closeSession = ({ transport, patience }: Pick<Means, "transport" | "patience">, session: string, uri: string, signal: AbortSignal): Promise<void> =>
  patience.attempt(() => transport.cancel(session, uri), signal, () => {}, UNDO).catch(() => {});
