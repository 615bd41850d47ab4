/** Which of several open pages sends an upload: the one that has claimed it. */

const NAME = "alcove.uploads";
/** Other pages answer at once; one that does not is asleep or gone. */
const ANSWER_MS = 1000;

/** Claims of this page, with what gives them back. */
const mine = new Map<string, () => void>();

/** Resolves to the ids that nobody else has; they belong to this page until released. */
export async function claim(ids: readonly string[]): Promise<Set<string>> {
  const wanted = ids.filter((id) => !mine.has(id));
  if (navigator.locks) await Promise.all(wanted.map(lock));
  else if (wanted.length > 0) {
    const held = await askOthers();
    for (const id of wanted) if (!held.has(id)) mine.set(id, () => {});
  }
  return new Set(ids.filter((id) => mine.has(id)));
}

/** Something new, which nobody else can know of. */
export function claimNew(id: string) {
  if (mine.has(id)) return;
  mine.set(id, () => {});
  if (navigator.locks) void lock(id);
}

export function release(id: string) {
  mine.get(id)?.();
  mine.delete(id);
}

function lock(id: string): Promise<void> {
  return new Promise((known) => {
    void navigator.locks.request(`${NAME} ${id}`, { ifAvailable: true }, (granted) => {
      if (!granted) return known();
      const held = new Promise<void>((free) => mine.set(id, free));
      known();
      return held;
    });
  });
}

// Pages that came without HTTPS have no locks, and tell each other instead.
const channel = navigator.locks ? undefined : new BroadcastChannel(NAME);
channel?.addEventListener("message", ({ data }: MessageEvent<{ ask?: true }>) => {
  if (data.ask && mine.size > 0) channel.postMessage({ held: [...mine.keys()] });
});

async function askOthers(): Promise<Set<string>> {
  const held = new Set<string>();
  const hear = ({ data }: MessageEvent<{ held?: string[] }>) => {
    for (const id of data.held ?? []) held.add(id);
  };
  channel?.addEventListener("message", hear);
  channel?.postMessage({ ask: true });
  await new Promise((resume) => setTimeout(resume, ANSWER_MS));
  channel?.removeEventListener("message", hear);
  return held;
}
