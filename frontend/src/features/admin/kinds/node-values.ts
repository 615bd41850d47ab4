/** A node as values of a form, and back. What the form does not know of is kept as it is. */
import { hasBit } from "@/api/bits";
import type { NodeRow } from "../data/nodes";
import type { Field, Values } from "../form/Form";
import { KeyInput } from "../form/KeyInput";
import i18next from "i18next";
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
/** The first fetches web links, with no other program. */
const BUILT_IN = "builtin";
const SECRETS = ["token", "password"];

type Downloader = Record<string, unknown>;
interface Validation extends Record<string, unknown> {
  disabled?: boolean;
  allowed_hosts?: string[];
  allowed_cidrs?: string[];
}
interface Settings extends Record<string, unknown> {
  provider?: string;
  interval?: number;
  wait_for_seeding?: boolean;
  url_validation?: Validation;
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
    // Without an address it would be what is built in.
    required: name === "server",
    when: (values) => values.can_download === true && values.provider === provider,
  }));

const hasDownloader = ({ can_download }: Values) => can_download === true;
const hasProgram = (values: Values) => hasDownloader(values) && values.provider !== BUILT_IN;
/** Whether downloads are given to another program. */
export const asksProgram = (values: Values) => hasProgram(values) && String(values[`${values.provider}_server`] ?? "").trim() !== "";
const checksAddresses = (values: Values) => hasDownloader(values) && values.check_addresses === true;

const linesOf = (value: unknown) => String(value ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
/** The server has the last word; this catches what is none at all. */
const NETWORK = /^([\d.]+|[\da-f:.]*:[\da-f:.]*)\/\d{1,3}$/i;

function wrongNetwork({ allowed_cidrs }: Values): string | undefined {
  const wrong = linesOf(allowed_cidrs).find((each) => !NETWORK.test(each));
  return wrong && i18next.t("admin.noNetwork", { name: wrong });
}

export const fields = (isMaster: boolean): Field[] => [
  ...inSection("node", [
    { name: "name", kind: "text", required: true },
    ...(isMaster ? [] : reach),
    { name: "status", kind: "choice", choices: STATUSES.map((value) => ({ value, label: word(value) })) },
    { name: "weight", kind: "number" },
  ]),
  ...inSection("capabilities", Object.keys(CAPABILITIES).map((name) => ({ name, kind: "check" }))),
  ...inSection("downloader", [
    { name: "provider", kind: "choice", choices: [BUILT_IN, ...PROVIDERS].map((value) => ({ value, label: word(value) })), when: hasDownloader },
    ...PROVIDERS.flatMap(downloader),
    { name: "interval", kind: "number", when: hasProgram },
    { name: "wait_for_seeding", kind: "flag", when: hasProgram },
    { name: "check_addresses", kind: "flag", when: hasDownloader },
    { name: "allowed_hosts", kind: "tags", placeholder: "nas.local", when: checksAddresses },
    { name: "allowed_cidrs", kind: "tags", placeholder: "192.168.0.0/16", when: checksAddresses, check: wrongNetwork },
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
    // One without an address is asked nothing: what is built in takes its place.
    provider: PROVIDERS.find((each) => each === settings.provider && String(settings[each]?.server ?? "").trim()) ?? BUILT_IN,
    interval: settings.interval ?? 5,
    wait_for_seeding: settings.wait_for_seeding ?? false,
    check_addresses: !settings.url_validation?.disabled,
    allowed_hosts: (settings.url_validation?.allowed_hosts ?? []).join("\n"),
    allowed_cidrs: (settings.url_validation?.allowed_cidrs ?? []).join("\n"),
  };
  for (const [name, bit] of Object.entries(CAPABILITIES)) values[name] = hasBit(node.capabilities ?? "", bit);
  for (const provider of PROVIDERS) for (const name of DOWNLOADERS[provider]) values[`${provider}_${name}`] = String(settings[provider]?.[name] ?? "");
  return values;
};

/** What fetches downloads there, for people; nothing where none are fetched. */
export function providerOf(node: NodeRow): string | undefined {
  const { can_download, provider } = valuesOf(node);
  return can_download === true ? word(String(provider)) : undefined;
}

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

/** Which addresses are asked. What says nothing new stays as it was. */
function validation(values: Values, before: Validation = {}): Validation {
  const all: Validation = { ...before };
  if (values.check_addresses === false) all.disabled = true;
  else if (before.disabled) all.disabled = false;
  for (const name of ["allowed_hosts", "allowed_cidrs"] as const) {
    const lines = linesOf(values[name]);
    if (lines.length > 0 || before[name]) all[name] = lines;
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
    settings: { ...settings, provider: values.provider, interval: Number(values.interval), wait_for_seeding: values.wait_for_seeding === true, url_validation: validation(values, settings.url_validation), ...downloaders },
  };
};
