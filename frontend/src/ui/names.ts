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

/** What turns the order of letters around, or is not seen at all. Joiners are not among it: emoji and Persian need them. */
const UNSEEN = /[\p{Cc}\u200b\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** A name as it is drawn: nobody takes it for another one. What is sent is the name itself. */
export const shownName = (name: string) => name.replace(UNSEEN, "\ufffd");

const FORBIDDEN = /[\\/:*?"<>|]/;

/** The first character that no name may have; nothing if there is none. */
export const forbiddenIn = (name: string) => FORBIDDEN.exec(name)?.[0];

/** Names that mean a folder and the one above it. */
export const isReserved = (name: string) => name === "." || name === "..";

/** Letters as people count them: an emoji is one, whatever it is made of. */
const lettersOf = (text: string) => (typeof Intl.Segmenter === "function" ? [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment) : [...text]);

/** Two letters that stand for somebody: of the first and second name, or of the only one. */
export function initialsOf(name: string): string {
  const words = name.split(" ").filter(Boolean).map(lettersOf);
  const letters = words.length > 1 ? words.map(([first]) => first) : (words[0] ?? []);
  return letters.slice(0, 2).join("").toUpperCase();
}

/** Names of up to so many letters have room nearly everywhere. */
const SHORT = 15;
/** Letters ahead of the extension that stay with it, and the longest ending that is one. */
const KEPT = 4;
const LONGEST_EXTENSION = 9;

/**
 * The part of a name that may be cut where there is no room, and its end, which stays: the
 * extension, and what often tells names apart that begin alike. No end: there is room, or nothing
 * to keep.
 */
export function splitName(name: string, folder = false): [string, string] {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? [...name.slice(dot)].length : 0;
  const letters = [...name];
  if (folder || extension < 2 || extension > LONGEST_EXTENSION || letters.length <= SHORT) return [name, ""];
  let at = Math.max(1, letters.length - extension - KEPT);
  // What belongs to the letter before is not parted from it.
  while (at > 1 && /^[\p{M}\u200d\ufe0f]$/u.test(letters[at] ?? "")) at -= 1;
  return [letters.slice(0, at).join(""), letters.slice(at).join("")];
}
