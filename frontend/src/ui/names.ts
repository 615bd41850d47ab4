/** `plan.md` becomes `plan (1).md`. */
export function numbered(name: string, copy: number): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)} (${copy})${name.slice(dot)}` : `${name} (${copy})`;
}

/** The first of these names that nothing else has; it is taken from then on. */
export function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let copy = 1; taken.has(free); copy += 1) free = numbered(name, copy);
  taken.add(free);
  return free;
}
