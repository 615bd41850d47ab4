/** What each kind of storage asks for, in the words of who sells it, and how a new policy of it begins. */
import type { Field, Values } from "../../form/Form";

export const KINDS = ["local", "remote", "s3", "ks3", "oss", "cos", "obs", "qiniu", "upyun", "onedrive"] as const;
export type PolicyKind = (typeof KINDS)[number];

const MIB = 1024 ** 2;

interface Vendor {
  /** Fields of the way to it; the text of a label stands behind a colon where it is not the usual one. */
  asks: string[];
  /** Bytes of a part; none where a file is sent whole. */
  chunk?: number;
  /** Parts at a time can be chosen. */
  parts?: boolean;
  /** Values that are not empty at first. */
  starts?: Values;
}

const VENDORS: Record<PolicyKind, Vendor> = {
  local: { asks: [], chunk: 25 * MIB, starts: { pre_allocate: true } },
  remote: { asks: ["node_id"], chunk: 25 * MIB, starts: { pre_allocate: true, dir_name_rule: "data/uploads/{uid}/{path}" } },
  s3: { asks: ["server:endpoint", "region", "bucket_name", "access_key:accessKeyId", "secret_key:secretAccessKey", "s3_path_style", "is_private"], chunk: 25 * MIB, parts: true },
  ks3: { asks: ["server:endpoint", "region", "bucket_name", "access_key:accessKeyId", "secret_key:secretAccessKey", "s3_path_style", "is_private"], chunk: 25 * MIB, parts: true },
  oss: { asks: ["server:endpoint", "region", "server_side_endpoint", "bucket_name", "access_key:accessKeyId2", "secret_key:accessKeySecret", "use_cname", "is_private"], chunk: 25 * MIB, parts: true },
  cos: { asks: ["server:bucketAddress", "bucket_name:bucketWithId", "access_key:secretId", "secret_key:secretKey2", "source_auth", "is_private"], chunk: 25 * MIB, parts: true },
  obs: { asks: ["server:endpoint", "bucket_name", "access_key:accessKeyId", "secret_key:secretAccessKey", "use_cname", "is_private"], chunk: 25 * MIB, parts: true },
  qiniu: { asks: ["server:uploadAddress", "bucket_name", "proxy_server:downloadDomain", "access_key:ak", "secret_key:sk", "qiniu_upload_cdn", "is_private"], chunk: 25 * MIB, parts: true, starts: { custom_proxy: true } },
  upyun: { asks: ["bucket_name:service", "access_key:operator", "secret_key:operatorPassword", "proxy_server:downloadDomain", "token", "is_private"], starts: { custom_proxy: true } },
  onedrive: { asks: ["server:graph", "bucket_name:appId", "secret_key:appSecret", "od_driver"], chunk: 50 * MIB, starts: { server: "https://graph.microsoft.com/v1.0" } },
};

const SECRETS = ["access_key", "secret_key", "token"];
const FLAGS = ["s3_path_style", "use_cname", "source_auth", "qiniu_upload_cdn", "is_private", "pre_allocate", "relay", "internal_proxy", "is_file_type_deny_list", "is_name_regexp_deny_list"];
const REQUIRED = ["server", "bucket_name", "access_key", "secret_key"];

const kindOf = (name: string): Field["kind"] => (FLAGS.includes(name) ? "flag" : SECRETS.includes(name) && name !== "access_key" ? "secret" : "text");

/** How to reach it. `word`: the text of a label. */
export const connection = (kind: PolicyKind, word: (key: string) => string, nodes: Field["choices"]): Field[] =>
  VENDORS[kind].asks.map((asked) => {
    const [name = "", label] = asked.split(":");
    if (name === "node_id") return { name, kind: "choice", choices: nodes };
    return { name, kind: kindOf(name), required: REQUIRED.includes(name), label: label && word(label) };
  });

/** What goes there, under which names. */
export const content = (kind: PolicyKind): Field[] => {
  const { chunk, parts } = VENDORS[kind];
  const isNear = kind === "local" || kind === "remote";
  return [
    { name: "dir_name_rule", kind: "rule" },
    { name: "file_name_rule", kind: "rule", required: true },
    { name: "max_size", kind: "bytes" },
    { name: "file_type", kind: "lines" },
    { name: "is_file_type_deny_list", kind: "flag" },
    { name: "file_regexp", kind: "text" },
    { name: "is_name_regexp_deny_list", kind: "flag" },
    ...(chunk ? [{ name: "chunk_size", kind: "bytes" } as const] : []),
    ...(parts ? [{ name: "chunk_concurrency", kind: "number" } as const] : []),
    ...(isNear ? [{ name: "pre_allocate", kind: "flag" } as const] : [{ name: "relay", kind: "flag" } as const, { name: "internal_proxy", kind: "flag" } as const]),
  ];
};

/** A new policy of a kind. */
export const fresh = (kind: PolicyKind): Values => {
  const { chunk = 0, parts, starts } = VENDORS[kind];
  const common = { type: kind, name: "", dir_name_rule: "uploads/{uid}/{path}", file_name_rule: "{uuid}_{originname}", chunk_size: chunk, chunk_concurrency: parts ? 3 : 0 };
  return { ...common, is_private: kind !== "local" && kind !== "remote", ...starts };
};
