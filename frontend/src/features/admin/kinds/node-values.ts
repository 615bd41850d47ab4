/** A node as values of a form, and back. What the form does not know of is kept as it is. */
import { hasBit } from "@/api/bits";
import type { NodeRow } from "../data/nodes";
import type { Field, Values } from "../form/Form";
import { KeyInput } from "../form/KeyInput";
import { word } from "../words";
import { toBits } from "./groups";

export const STATUSES = ["active", "suspended"] as const;
/** What a node can be good for: bits of its capabilities. */
const CAPABILITIES = { can_archive: 1, can_extract: 2, can_download: 3, can_relocate: 4 } as const;
const MOST_BITS = 64;
/** What each downloader is told; the others keep theirs. */
const DOWNLOADERS = { aria2: ["server", "token", "temp_path"], qbittorrent: ["server", "user", "password", "temp_path"] } as const;
type Provider = keyof typeof DOWNLOADERS;
const PROVIDERS = Object.keys(DOWNLOADERS) as Provider[];
const SECRETS = ["token", "password"];

type Downloader = Record<string, unknown>;
interface Settings extends Record<string, unknown> {
  provider?: string;
  interval?: number;
  wait_for_seeding?: boolean;
  aria2?: Downloader;
  qbittorrent?: Downloader;
}

const settingsOf = (node?: Partial<NodeRow>) => (node?.settings ?? {}) as Settings;
const inSection = (section: string, fields: Field[]) => fields.map((field) => ({ ...field, section }));

const reach: Field[] = [
  { name: "server", kind: "text", required: true, placeholder: "https://node.example.com" },
  { name: "slave_key", kind: "secret", Input: KeyInput },
];

const downloader = (provider: Provider): Field[] =>
  DOWNLOADERS[provider].map((name) => ({
    name: `${provider}_${name}`,
    kind: SECRETS.includes(name) ? "secret" : "text",
    said: name === "temp_path" ? name : undefined,
    when: (values) => values.can_download === true && values.provider === provider,
  }));

const hasDownloader = ({ can_download }: Values) => can_download === true;

export const fields = (isMaster: boolean): Field[] => [
  ...inSection("node", [
    { name: "name", kind: "text", required: true },
    ...(isMaster ? [] : reach),
    { name: "status", kind: "choice", choices: STATUSES.map((value) => ({ value, label: word(value) })) },
    { name: "weight", kind: "number" },
  ]),
  ...inSection("capabilities", Object.keys(CAPABILITIES).map((name) => ({ name, kind: "check" }))),
  ...inSection("downloader", [
    { name: "provider", kind: "choice", choices: PROVIDERS.map((value) => ({ value, label: word(value) })), when: hasDownloader },
    ...PROVIDERS.flatMap(downloader),
    { name: "interval", kind: "number", when: hasDownloader },
    { name: "wait_for_seeding", kind: "flag", when: hasDownloader },
  ]),
];

export const valuesOf = (node: Partial<NodeRow>): Values => {
  const settings = settingsOf(node);
  const values: Values = {
    name: node.name ?? "",
    server: node.server ?? "",
    slave_key: node.slave_key ?? "",
    status: node.status ?? "active",
    weight: node.weight ?? 0,
    provider: PROVIDERS.find((each) => each === settings.provider) ?? "aria2",
    interval: settings.interval ?? 5,
    wait_for_seeding: settings.wait_for_seeding ?? false,
  };
  for (const [name, bit] of Object.entries(CAPABILITIES)) values[name] = hasBit(node.capabilities ?? "", bit);
  for (const provider of PROVIDERS) for (const name of DOWNLOADERS[provider]) values[`${provider}_${name}`] = String(settings[provider]?.[name] ?? "");
  return values;
};

/** What a downloader is told by the form, and what it was told before. */
function told(provider: Provider, values: Values, before: Settings): Downloader {
  const all: Downloader = { ...before[provider] };
  for (const name of DOWNLOADERS[provider]) {
    const value = String(values[`${provider}_${name}`] ?? "");
    const text = SECRETS.includes(name) ? value : value.trim();
    if (text) all[name] = text;
    else delete all[name];
  }
  return all;
}

/** Bits that were chosen, and those that no form knows. */
function capabilities(values: Values, before = ""): string {
  const known: number[] = Object.values(CAPABILITIES);
  const others = Array.from({ length: MOST_BITS }, (_, bit) => bit).filter((bit) => !known.includes(bit) && hasBit(before, bit));
  const chosen = Object.entries(CAPABILITIES).flatMap(([name, bit]) => (values[name] === true ? [bit as number] : []));
  const bits = [...others, ...chosen];
  return bits.length > 0 ? toBits(bits) : "";
}

export const sentOf = (values: Values, before?: NodeRow) => {
  const settings = settingsOf(before);
  const downloaders = Object.fromEntries(PROVIDERS.map((provider) => [provider, told(provider, values, settings)]));
  return {
    id: before?.id ?? 0,
    name: String(values.name),
    server: String(values.server ?? "").trim(),
    slave_key: String(values.slave_key ?? ""),
    status: String(values.status),
    weight: Number(values.weight),
    capabilities: capabilities(values, before?.capabilities),
    settings: { ...settings, provider: values.provider, interval: Number(values.interval), wait_for_seeding: values.wait_for_seeding === true, ...downloaders },
  };
};
