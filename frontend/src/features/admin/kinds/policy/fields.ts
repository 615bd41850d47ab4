/** All that a form asks about a policy, by its kind. */
import i18next from "i18next";
import type { Field, Values } from "../../form/types";
import { word } from "../../words";
import { wrongProxy } from "./checks";
import { connectionFields } from "./connection";
import { Example } from "./Example";
import { isLocalToClients, isNative, isOurs, isRelayed, isSpread, type PolicyKind } from "./kinds";
import { RuleInput } from "./RuleInput";
import { isUnique } from "./variables";

export interface PolicyField extends Field {
  /** A choice of yes, no and neither. */
  isAutomatic?: boolean;
  /** Written as JSON while the form is open. */
  isJson?: boolean;
}

const KIB = 1024;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
/** What vendors take as one part. */
const PARTS: Partial<Record<PolicyKind, [number, number]>> = {
  s3: [5 * MIB, 5 * GIB],
  ks3: [5 * MIB, 5 * GIB],
  azure: [MIB, GIB / 4],
  gcs: [MIB, GIB / 4],
  onedrive: [5 * MIB, 5 * GIB],
  cos: [MIB, 5 * GIB],
  oss: [100 * KIB, 5 * GIB],
  obs: [100 * KIB, 5 * GIB],
  qiniu: [MIB, GIB],
};
/** Whether room is reserved is a matter of their own. */
const reserves = (kind: PolicyKind) => kind === "local" || kind === "remote";
/** OneDrive takes parts of a whole number of these. */
const STEP_BYTES = 327_680;

const flag = (name: string): PolicyField => ({ name, kind: "flag" });
const inSection = (section: string, fields: PolicyField[]) => fields.map((field) => ({ ...field, section }));

const unique = ({ dir_name_rule, file_name_rule }: Values) => (isUnique(String(dir_name_rule), String(file_name_rule)) ? undefined : i18next.t("admin.policy.notUnique"));

const names = (): PolicyField[] => [
  { name: "dir_name_rule", kind: "text", Input: RuleInput },
  { name: "file_name_rule", kind: "text", required: true, check: unique, Input: RuleInput, Below: Example },
];

const limits = (): PolicyField[] => [
  { name: "max_size", kind: "bytes" },
  { name: "file_type", kind: "tags", placeholder: "jpg, png" },
  { name: "is_file_type_deny_list", kind: "flag", when: ({ file_type }) => file_type !== "" },
  { name: "file_regexp", kind: "text" },
  { name: "is_name_regexp_deny_list", kind: "flag", when: ({ file_regexp }) => file_regexp !== "" },
];

function chunk(kind: PolicyKind): PolicyField[] {
  if (kind === "upyun") return [];
  const wrong = ({ chunk_size }: Values) => {
    const [least, most] = PARTS[kind] ?? [0, Number.MAX_SAFE_INTEGER];
    const size = Number(chunk_size);
    // Nothing said means what the vendor likes.
    if (size === 0) return undefined;
    if (size < least || size > most) return i18next.t("admin.policy.chunkRange", { least: least >= MIB ? `${least / MIB} MB` : `${least / KIB} KB`, most: `${most / GIB} GB` });
    return kind === "onedrive" && size % STEP_BYTES !== 0 ? i18next.t("admin.policy.chunkStep") : undefined;
  };
  const several: PolicyField = { name: "chunk_concurrency", kind: "number", when: ({ pre_allocate }) => !reserves(kind) || pre_allocate === true };
  return [{ name: "chunk_size", kind: "bytes", said: isOurs(kind) ? undefined : "vendor_chunk_size", check: wrong }, ...(kind === "onedrive" ? [] : [several])];
}

/** How bytes come and go. */
function transfer(kind: PolicyKind): PolicyField[] {
  // There the domain belongs to the connection, or there is none.
  const hasDomain = kind === "qiniu" || kind === "upyun" || kind === "webdav";
  const cdn: PolicyField[] = [flag("custom_proxy"), { name: "proxy_server", kind: "text", placeholder: "https://cdn.example.com", when: ({ custom_proxy }) => custom_proxy === true, check: wrongProxy }];
  return [
    ...chunk(kind),
    ...(isOurs(kind) ? [] : [flag("is_private")]),
    ...(hasDomain ? [] : cdn),
    ...(kind === "cos" ? [{ ...flag("source_auth"), when: ({ custom_proxy }: Values) => custom_proxy === true }] : []),
    ...(kind === "onedrive" ? [flag("stream_saver")] : []),
    // Browsers send nothing to them, and fetch nothing from some of them.
    ...(isLocalToClients(kind) ? [] : [flag("relay")]),
    ...(kind === "local" || isRelayed(kind) ? [] : [flag("internal_proxy")]),
  ];
}

/** Thumbnails, and what pictures say of themselves. */
function media(kind: PolicyKind): PolicyField[] {
  if (kind === "local" || isSpread(kind)) return [];
  const choices = [
    { value: "", label: word("automatic") },
    { value: "true", label: word("true") },
    { value: "false", label: word("false") },
  ];
  const byUs = [flag("thumb_generator_proxy"), flag("media_meta_generator_proxy")];
  // No vendor is asked for anything else than bytes.
  if (isRelayed(kind)) return byUs;
  return [
    ...byUs,
    ...(isNative(kind) ? [{ name: "native_media_processing", kind: "choice", isAutomatic: true, choices } as const] : []),
    ...(isNative(kind) || kind === "onedrive" ? [flag("thumb_support_all_exts")] : []),
    { name: "thumb_exts", kind: "tags", when: ({ thumb_support_all_exts }) => thumb_support_all_exts !== true },
    { name: "thumb_max_size", kind: "bytes" },
    { name: "media_meta_exts", kind: "tags" },
  ];
}

export interface Asks {
  connection: PolicyField[];
  files: PolicyField[];
  media: PolicyField[];
}

export const fieldsOf = (kind: PolicyKind): Asks => ({
  connection: connectionFields(kind, word),
  files: isSpread(kind) ? [] : [...inSection("names", names()), ...inSection("limits", limits()), ...inSection("transfer", transfer(kind))],
  media: inSection("media", media(kind)),
});
