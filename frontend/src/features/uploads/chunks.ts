/** One file, cut into the chunks its session wants; those that have arrived stay where they are. */
import type { Sender } from "./sender";
import type { Carrier, Session, UploadItem, Waiting } from "./types";

export interface Running {
  /** Ends at once. */
  stop: AbortController;
  /** Lets what is under way arrive. */
  enough: AbortController;
}

interface Sent extends Running {
  carrier: Carrier;
  item: UploadItem;
  session: Session;
  file: File;
}

interface Told {
  /** How many bytes the server has or is receiving, and how many more went since the last call. */
  sent: (bytes: number, more: number) => void;
  /** Called for every chunk but one that makes it a file. */
  received: (chunks: number[], tags: Record<number, string>) => void;
  onWait: (waiting: Waiting | undefined) => void;
}

/** Answers what is remembered of each chunk, in order; nothing, unless everything has arrived. */
export async function sendChunks(sender: Sender, { carrier, item, session, file, stop, enough }: Sent, told: Told): Promise<string[] | undefined> {
  const chunkSize = session.chunkSize || Math.max(1, item.size);
  const count = Math.max(1, Math.ceil(item.size / chunkSize));
  const received = new Set(item.received);
  const tags = { ...item.tags };
  const tried = new Set<number>();
  const all = Array.from({ length: count }, (_, index) => index);
  const sizeOf = (index: number) => Math.min(chunkSize, item.size - index * chunkSize);
  const tell = (underway: number, more = 0) => {
    let sent = underway;
    for (const index of received) sent += sizeOf(index);
    told.sent(Math.min(item.size, sent), more);
  };
  tell(0);
  try {
    await sender.sendAll({
      parallel: session.parallel,
      missing: all.filter((index) => !received.has(index)),
      send: async (index, progress, signal) => {
        if (tried.has(index)) await carrier.ready?.(session, signal);
        tried.add(index);
        const chunk = file.slice(index * chunkSize, index * chunkSize + sizeOf(index));
        return await carrier.send(session, index, chunk, progress, signal);
      },
      signal: stop.signal,
      enough: enough.signal,
      progress: tell,
      arrived: (index, tag, underway) => {
        received.add(index);
        if (tag !== undefined) tags[index] = tag;
        if (carrier.finish || received.size < count) told.received([...received], { ...tags });
        tell(underway);
      },
      onWait: told.onWait,
      isStrange: () => received.size === 0,
    });
  } finally {
    // What was under way and did not arrive does not count.
    if (received.size < count) tell(0);
  }
  return received.size === count ? all.map((index) => tags[index] ?? "") : undefined;
}
