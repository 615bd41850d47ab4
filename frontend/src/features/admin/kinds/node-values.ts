/** A node as values of a form, and back. What the form does not know of is kept as it is. */
import { hasBit } from "@/api/bits";
import type { NodeRow } from "../data/nodes";
import type { Field, Values } from "../form/Form";
import { word } from "../words";
import { toBits } from "./groups";

export const STATUSES = ["active", "suspended"] as const;
/** What a node can be good for: bits of its capabilities. */
const CAPABILITIES = { can_archive: 1, can_extract: 2, can_download: 3, can_relocate: 4 } as const;
const MOST_BITS = 64;
const OF_DOWNLOADERS = ["server", "token", "user", "password", "temp_path"] as const;

type Downloader = Record<string, unknown>;
interface Settings extends Record<string, unknown> {
  provider?: string;
  interval?: number;
  wait_for_seeding?: boolean;
  aria2?: Downloader;
  qbittorrent?: Downloader;
}

const settingsOf = (node?: Partial<NodeRow>) => (node?.settings ?? {}) as Settings;

export const fields = (isMaster: boolean): Field[] => [
  { name: "name", kind: "text", required: true },
  ...(isMaster ? [] : ([{ name: "server", kind: "text", required: true }, { name: "slave_key", kind: "secret" }] as const)),
  { name: "status", kind: "choice", choices: STATUSES.map((value) => ({ value, label: word(value) })) },
  { name: "weight", kind: "number" },
  ...Object.keys(CAPABILITIES).map((name) => ({ name, kind: "flag" }) as const),
  { name: "provider", kind: "choice", choices: ["aria2", "qbittorrent"].map((value) => ({ value, label: word(value) })) },
  { name: "downloader_server", kind: "text" },
  { name: "downloader_token", kind: "secret" },
  { name: "downloader_user", kind: "text" },
  { name: "downloader_password", kind: "secret" },
  { name: "downloader_temp_path", kind: "text" },
  { name: "interval", kind: "number" },
  { name: "wait_for_seeding", kind: "flag" },
];

export const valuesOf = (node: Partial<NodeRow>): Values => {
  const settings = settingsOf(node);
  const provider = settings.provider === "qbittorrent" ? "qbittorrent" : "aria2";
  const downloader = settings[provider] ?? {};
  const values: Values = {
    name: node.name ?? "",
    server: node.server ?? "",
    slave_key: node.slave_key ?? "",
    status: node.status ?? "active",
    weight: node.weight ?? 0,
    provider,
    interval: settings.interval ?? 5,
    wait_for_seeding: settings.wait_for_seeding ?? false,
  };
  for (const [name, bit] of Object.entries(CAPABILITIES)) values[name] = hasBit(node.capabilities ?? "", bit);
  for (const name of OF_DOWNLOADERS) values[`downloader_${name}`] = String(downloader[name] ?? "");
  return values;
};

export const sentOf = (values: Values, before?: NodeRow) => {
  const settings = settingsOf(before);
  const provider = String(values.provider);
  const downloader: Downloader = { ...(settings[provider] as Downloader | undefined) };
  for (const name of OF_DOWNLOADERS) {
    const text = String(values[`downloader_${name}`] ?? "").trim();
    if (text) downloader[name] = text;
    else delete downloader[name];
  }
  const known: number[] = Object.values(CAPABILITIES);
  const others = Array.from({ length: MOST_BITS }, (_, bit) => bit).filter((bit) => !known.includes(bit) && hasBit(before?.capabilities ?? "", bit));
  const chosen = Object.entries(CAPABILITIES).flatMap(([name, bit]) => (values[name] === true ? [bit as number] : []));
  const bits = [...others, ...chosen];
  return {
    id: before?.id ?? 0,
    name: String(values.name),
    server: String(values.server ?? ""),
    slave_key: String(values.slave_key ?? ""),
    status: String(values.status),
    weight: Number(values.weight),
    capabilities: bits.length > 0 ? toBits(bits) : "",
    settings: { ...settings, provider, interval: Number(values.interval), wait_for_seeding: values.wait_for_seeding === true, [provider]: downloader },
  };
};
