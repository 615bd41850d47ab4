/** A policy as values of a form, and back. What the form does not know of is kept as it is. */
import type { PolicyRow, SentPolicy } from "../../data/policies";
import type { Values } from "../../form/Form";

const COLUMNS = ["name", "type", "server", "bucket_name", "access_key", "secret_key", "is_private", "max_size", "dir_name_rule", "file_name_rule", "node_id"] as const;

type Options = Record<string, unknown>;

const isValue = (value: unknown): value is Values[string] => ["string", "number", "boolean"].includes(typeof value);

export const valuesOf = (policy: PolicyRow): Values => {
  const settings = (policy.settings ?? {}) as Options;
  const values: Values = Object.fromEntries(Object.entries(settings).filter((entry): entry is [string, Values[string]] => isValue(entry[1])));
  for (const name of COLUMNS) values[name] = policy[name] ?? "";
  const types = Array.isArray(settings.file_type) ? settings.file_type : [];
  return { ...values, max_size: policy.max_size ?? 0, is_private: policy.is_private ?? false, file_type: types.join("\n") };
};

export const sentOf = (values: Values, before: Partial<PolicyRow>): SentPolicy => {
  const settings: Options = { ...((before.settings ?? {}) as Options) };
  for (const [name, value] of Object.entries(values)) if (!(COLUMNS as readonly string[]).includes(name)) settings[name] = value;
  const types = String(values.file_type ?? "")
    .split(/[\s,]+/)
    .filter(Boolean);
  settings.file_type = types.length > 0 ? types : null;
  const text = (name: string) => String(values[name] ?? "");
  return {
    id: before.id ?? 0,
    node_id: Number(values.node_id ?? 0) || before.node_id || 0,
    name: text("name"),
    type: text("type"),
    server: text("server"),
    bucket_name: text("bucket_name"),
    access_key: text("access_key"),
    secret_key: text("secret_key"),
    is_private: values.is_private === true,
    max_size: Number(values.max_size ?? 0),
    dir_name_rule: text("dir_name_rule"),
    file_name_rule: text("file_name_rule"),
    settings,
  } as SentPolicy;
};
