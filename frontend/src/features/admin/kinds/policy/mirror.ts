/** Policies that keep everything in several others: which, and how many have to have it. */
import i18next from "i18next";
import type { Value, Values } from "../../form/types";
import { kindOf } from "./kinds";

export const LEAST = 2;
export const MOST = 5;

export const membersOf = (value: Value | undefined) => JSON.parse(String(value ?? "") || "[]") as number[];

/** What is made of others keeps no bytes itself. */
export const canBeMember = (policy: { type: string; settings?: unknown }) => !["mirror", "load_balance"].includes(kindOf(policy));

interface Row {
  id: number;
  name: string;
  type: string;
  settings?: unknown;
}

/** Names of the mirrors that keep everything in a policy, too. */
export const mirrorsWith = (id: number, rows: readonly Row[]) =>
  rows
    .filter((row) => kindOf(row) === "mirror")
    .filter(({ settings }) => (settings as { members?: number[] }).members?.includes(id))
    .map(({ name }) => name);

const areSome = ({ length }: number[]) => length >= LEAST && length <= MOST;

export const wrongMembers = ({ members }: Values) => (areSome(membersOf(members)) ? undefined : i18next.t("admin.policy.membersRange", { least: LEAST, most: MOST }));

/** Nothing is said of it while the members are wrong. */
export const wrongQuorum = (values: Values) => {
  const members = membersOf(values.members);
  return areSome(members) && !meaningOf(values) ? i18next.t("admin.policy.quorumRange", { members: members.length }) : undefined;
};

export interface Meaning {
  members: number;
  /** How many have to have what comes. */
  quorum: number;
  kind: "one" | "some" | "all";
}

/** Nothing where it makes no sense. */
export function meaningOf(values: Values): Meaning | undefined {
  const chosen = membersOf(values.members);
  const members = chosen.length;
  const quorum = Number(values.quorum) || members - 1;
  if (!areSome(chosen) || quorum > members) return undefined;
  return { members, quorum, kind: quorum === members ? "all" : quorum === 1 ? "one" : "some" };
}
