/** Bytes that a storage keeps for a while after they were moved away. */
export interface LeftBehind {
  /** Name of the storage policy. */
  policy: string;
  bytes: number;
  until: string;
}

/** What is still kept, of a task as it says of itself; what may have gone by `now` is not said any more. */
export function leftBehindOf({ summary }: { summary?: { props?: object } | null }, now: number): LeftBehind[] {
  const { left_behind } = (summary?.props ?? {}) as { left_behind?: LeftBehind[] };
  return (left_behind ?? []).filter(({ bytes, until }) => bytes > 0 && Date.parse(until) > now);
}
