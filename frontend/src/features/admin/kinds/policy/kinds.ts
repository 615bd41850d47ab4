/** The kinds of storage that policies can be of. */

export const KINDS = ["local", "remote", "s3", "webdav", "ks3", "azure", "gcs", "oss", "cos", "obs", "qiniu", "upyun", "onedrive", "mirror", "load_balance"] as const;
export type PolicyKind = (typeof KINDS)[number];

/** Policies of these may be there, from another program or a later version, but this server cannot reach what they name. */
const NOT_BUILT: readonly PolicyKind[] = ["remote", "upyun", "onedrive"];

/** Those that new policies can be of: what cannot be made is not offered. */
export const OFFERED = KINDS.filter((kind) => !NOT_BUILT.includes(kind));

/** Those that other clients know as local ones: what they are is one of their settings. */
const BACKENDS: readonly string[] = ["azure", "gcs", "webdav", "mirror"];

/** What policies are called in lists of them. */
export const TYPES = KINDS.filter((kind) => !BACKENDS.includes(kind));

/** What a policy says of its kind. */
export const saysKind = (kind: PolicyKind) => (BACKENDS.includes(kind) ? { type: "local", settings: { backend: kind } } : { type: kind, settings: {} });

/** The kind of a policy that is stored or begun. */
export const kindOf = ({ type, settings }: { type?: string; settings?: unknown }): string => {
  const { backend } = (settings ?? {}) as { backend?: unknown };
  return typeof backend === "string" && backend !== "" ? backend : (type ?? "");
};

/** What is stored may also be of a kind that came later. */
export const isKind = (type: string): type is PolicyKind => (KINDS as readonly string[]).includes(type);

/** Clients see no other kind in them. */
export const isLocalToClients = (kind: PolicyKind) => saysKind(kind).type === "local";

/** Others keep the bytes, and only this server asks those for them. */
export const isRelayed = (kind: PolicyKind) => kind === "mirror" || kind === "webdav";

/** Bytes come and go through machines of ours: browsers never reach somebody else for them. */
export const isOurs = (kind: PolicyKind) => kind === "local" || kind === "remote" || isRelayed(kind);

/** It keeps no bytes itself. */
export const isSpread = (kind: PolicyKind) => kind === "load_balance";

/** Those whose buckets have to be told that browsers may send them bytes. */
export const HAVE_CORS: readonly string[] = ["s3", "ks3", "oss", "cos", "obs"];

/** Those in which may lie what nobody here knows of, and that can tell it. */
export const CAN_IMPORT: readonly string[] = ["local", "s3", "ks3", "oss", "cos", "obs", "qiniu", "azure", "gcs", "webdav"];

/** Those that make thumbnails and read pictures by themselves. */
export const isNative = (kind: PolicyKind) => ["oss", "cos", "obs", "qiniu", "upyun"].includes(kind);

export const GRAPH = "https://graph.microsoft.com/v1.0";
export const GRAPH_CHINA = "https://microsoftgraph.chinacloudapi.cn/v1.0";
