/**
 * Whom a share is for and what they may do: what people choose in the dialog, and how it travels
 * (V4 API, permission setting; bit 0 reads, bit 2 brings new files).
 */
import { hasBit } from "@/api/bits";
import type { Permissions } from "@/api/wire";

export type Who = "link" | "people" | "members";
export type Rights = "read" | "add" | "drop";

export interface Audience {
  /** `other`: finer than the dialog can say; it stays as it is. */
  who: Who | "other";
  rights: Rights;
  /** Ids of the accounts, for `people`. */
  people: string[];
}

const READ = 0;
const CREATE = 2;
const SETS: Record<Rights, string> = { read: "AQ==", add: "BQ==", drop: "BA==" };

export const OPEN: Audience = { who: "link", rights: "read", people: [] };

export const mayRead = (set: string | undefined) => set === undefined || hasBit(set, READ);
export const mayAdd = (set: string | undefined) => hasBit(set, CREATE);

/** What is sent; nothing leaves a share as it is, an empty object opens it for whoever has the link. */
export function permissionsOf({ who, rights, people }: Audience): Permissions | undefined {
  const set = SETS[rights];
  if (who === "other") return undefined;
  if (who === "members") return { same_group: set, other: set };
  if (who === "people") return { user_explicit: Object.fromEntries(people.map((id) => [id, set])) };
  return rights === "read" ? {} : { everyone: set };
}

export function audienceOf(permissions: Permissions | undefined): Audience {
  if (!permissions) return OPEN;
  const people = Object.entries(permissions.user_explicit ?? {}).filter(([, set]) => rightsOf(set));
  const groups = Object.values(permissions.group_explicit ?? {}).filter((set) => rightsOf(set));
  const { same_group, other, anonymous, everyone } = permissions;
  const wide = { same_group, other, anonymous, everyone };
  const given = Object.entries(wide).filter(([, set]) => rightsOf(set)).map(([name]) => name).join();
  const sets = new Set([...people.map(([, set]) => set), ...Object.values(wide)].map(rightsOf).filter((rights) => !!rights));
  const [rights] = sets;
  const plain = sets.size <= 1 && groups.length === 0;
  if (plain && rights && given === "everyone" && people.length === 0) return { who: "link", rights, people: [] };
  if (plain && rights && given === "same_group,other" && people.length === 0) return { who: "members", rights, people: [] };
  if (plain && !given) return { who: "people", rights: rights ?? "read", people: people.map(([id]) => id) };
  return { who: "other", rights: "read", people: [] };
}

function rightsOf(set: string | undefined): Rights | undefined {
  const read = hasBit(set, READ);
  if (hasBit(set, CREATE)) return read ? "add" : "drop";
  return read ? "read" : undefined;
}
