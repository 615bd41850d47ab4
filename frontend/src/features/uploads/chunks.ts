/** One file, cut into the chunks its session wants; those that have arrived stay where they are. */
import type { Sender } from "./sender";
import type { Session, UploadItem } from "./types";

export interface Running {
  /** Ends at once. */
  stop: AbortController;
  /** Lets what is under way arrive. */
  enough: AbortController;
}

interface Sent extends Running {
  item: UploadItem;
  session: Session;
  file: File;
}

interface Told {
  /** How many bytes the server has or is receiving, and how many more went since the last call. */
  sent: (bytes: number, more: number) => void;
  /** Called for every chunk but the last: that one makes it a file. */
  received: (chunks: number[]) => void;
  onWait: (waiting: boolean) => void;
}

/** Answers whether everything has arrived. */
export async function sendChunks(sender: Sender, { item, session, file, stop, enough }: Sent, told: Told): Promise<boolean> {
  const chunkSize = session.chunkSize || Math.max(1, item.size);
  const count = Math.max(1, Math.ceil(item.size / chunkSize));
  const received = new Set(item.received);
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !received.has(index));
  const sizeOf = (index: number) => Math.min(chunkSize, item.size - index * chunkSize);
  const tell = (underway: number, more = 0) => {
    let sent = underway;
    for (const index of received) sent += sizeOf(index);
    told.sent(Math.min(item.size, sent), more);
  };
  tell(0);
  try {
    await sender.sendAll({
      session,
      missing,
      chunkOf: (index) => file.slice(index * chunkSize, index * chunkSize + sizeOf(index)),
      signal: stop.signal,
      enough: enough.signal,
      progress: tell,
      arrived: (index, underway) => {
        received.add(index);
        if (received.size < count) told.received([...received]);
        tell(underway);
      },
      onWait: told.onWait,
    });
  } finally {
    // What was under way and did not arrive does not count.
    if (received.size < count) tell(0);
  }
  return received.size === count;
}
