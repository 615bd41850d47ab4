/** A policy as a form shows it, and back. */
import type { PolicyRow, SentPolicy } from "../../data/policies";
import type { Value, Values } from "../../form/types";
import type { PolicyField } from "./fields";

/** Everything else is one of the settings. */
const COLUMNS = ["name", "server", "bucket_name", "is_private", "access_key", "secret_key", "max_size", "dir_name_rule", "file_name_rule", "node_id"];

type Known = Partial<PolicyRow> | SentPolicy;
type Stored = Record<string, unknown>;

const settingsOf = (policy: Known) => (policy.settings ?? {}) as Stored;
const placeOf = (policy: Known, name: string): Stored => (COLUMNS.includes(name) ? (policy as Stored) : settingsOf(policy));

function shown({ kind, name, isAutomatic, isJson }: PolicyField, stored: unknown): Value {
  if (isJson) return JSON.stringify(stored ?? []);
  if (isAutomatic) return stored === undefined ? "" : String(stored);
  if (name === "node_id") return stored ? String(stored) : "";
  if (kind === "flag") return stored === true;
  if (kind === "number" || kind === "bytes") return Number(stored ?? 0);
  if (kind === "tags") return Array.isArray(stored) ? stored.join("\n") : "";
  return String(stored ?? "");
}

function kept({ kind, name, isAutomatic, isJson }: PolicyField, value: Value): unknown {
  if (isJson) return JSON.parse(String(value) || "[]");
  if (isAutomatic) return value === "" ? undefined : value === "true";
  if (name === "node_id") return Number(value);
  if (kind === "tags") return value === "" ? null : String(value).split("\n");
  return typeof value === "string" && kind !== "secret" ? value.trim() : value;
}

export const valuesOf = (fields: PolicyField[], policy: Known): Values => Object.fromEntries(fields.map((field) => [field.name, shown(field, placeOf(policy, field.name)[field.name])]));

/** What no field stands for is kept as it is. */
export function policyOf(fields: PolicyField[], values: Values, before: Known): SentPolicy {
  const columns: Stored = {};
  const settings: Stored = { ...settingsOf(before) };
  for (const field of fields) {
    const value = kept(field, values[field.name] ?? "");
    if (COLUMNS.includes(field.name)) columns[field.name] = value;
    else if (value === undefined) delete settings[field.name];
    else settings[field.name] = value;
  }
  const { id = 0, name = "", type = "local", server, bucket_name, is_private, access_key, secret_key, max_size, dir_name_rule, file_name_rule, node_id } = before;
  return { id, name, type, server, bucket_name, is_private, access_key, secret_key, max_size, dir_name_rule, file_name_rule, node_id, ...columns, settings } as SentPolicy;
}

/** Everything of a policy as it is sent, though no form was open. */
export const asSent = (policy: PolicyRow) => policyOf([], {}, policy);
