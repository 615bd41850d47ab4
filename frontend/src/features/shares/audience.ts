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
  /** Ids of accounts, for `people`. */
  people: string[];
  /** Ids of groups, for `people`. */
  groups: string[];
}

const READ = 0;
const CREATE = 2;
const SETS: Record<Rights, string> = { read: "AQ==", add: "BQ==", drop: "BA==" };

export const OPEN: Audience = { who: "link", rights: "read", people: [], groups: [] };

/** Whether nobody is meant yet. */
export const isNobody = ({ who, people, groups }: Audience) => who === "people" && people.length + groups.length === 0;

export const mayRead = (set: string | undefined) => set === undefined || hasBit(set, READ);
export const mayAdd = (set: string | undefined) => hasBit(set, CREATE);

/** What is sent; nothing leaves a share as it is, an empty object opens it for whoever has the link. */
export function permissionsOf({ who, rights, people, groups }: Audience): Permissions | undefined {
  const set = SETS[rights];
  if (who === "other") return undefined;
  if (who === "members") return { same_group: set, other: set };
  const named = (ids: string[]) => Object.fromEntries(ids.map((id) => [id, set]));
  if (who === "people") return { user_explicit: named(people), group_explicit: named(groups) };
  return rights === "read" ? {} : { everyone: set };
}

/** Whether visitors of the owner's profile find it there. `setting`: the account's `share_links_in_profile`. */
export function isListed({ who, rights }: Audience, secret: boolean, setting: string | undefined): boolean {
  if (who !== "link" || rights !== "read" || setting === "hide_share") return false;
  return !secret || setting === "all_share";
}

export function audienceOf(permissions: Permissions | undefined): Audience {
  if (!permissions) return OPEN;
  const named = (sets: Record<string, string> | undefined) => Object.keys(sets ?? {}).filter((id) => rightsOf(sets?.[id]));
  const people = named(permissions.user_explicit);
  const groups = named(permissions.group_explicit);
  const { same_group, other, anonymous, everyone, user_explicit, group_explicit } = permissions;
  const wide = { same_group, other, anonymous, everyone };
  const given = Object.entries(wide).filter(([, set]) => rightsOf(set)).map(([name]) => name).join();
  const all = [wide, user_explicit ?? {}, group_explicit ?? {}].flatMap((sets) => Object.values(sets));
  const [rights, ...finer] = new Set(all.map(rightsOf).filter((each) => !!each));
  const plain = finer.length === 0;
  const nobody = people.length + groups.length === 0;
  if (plain && !given) return { who: "people", rights: rights ?? "read", people, groups };
  if (plain && rights && nobody && given === "everyone") return { ...OPEN, rights };
  if (plain && rights && nobody && given === "same_group,other") return { ...OPEN, who: "members", rights };
  return { ...OPEN, who: "other" };
}

function rightsOf(set: string | undefined): Rights | undefined {
  const read = hasBit(set, READ);
  if (hasBit(set, CREATE)) return read ? "add" : "drop";
  return read ? "read" : undefined;
}
