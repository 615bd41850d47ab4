/** What a new policy of a kind begins with. */
import type { SentPolicy } from "../../data/policies";
import { GRAPH, isOurs, isSpread, type PolicyKind, saysKind } from "./kinds";

const MIB = 1024 ** 2;
const list = (words: string) => words.split(" ");

/** What pictures, sound and film are called that a node can read. */
const READABLE = list(
  "mp3 m4a ogg flac jpg jpeg png heif heic tiff avif " +
    "3fr ari arw bay braw crw cr2 cr3 cap data dcs dcr dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw nef nrw obm orf pef ptx pxn r3d raf raw rwl rw2 rwz sr2 srf srw tif x3f",
);
const OBS = list("png jpg jpeg gif bmp webp tiff");
const UPYUN = list("png jpg jpeg gif bmp webp svg");

const both = { thumb_generator_proxy: true, media_meta_generator_proxy: true };
const bucket = { chunk_size: 25 * MIB, ...both };
const parallel = { ...bucket, chunk_concurrency: 3 };

const SETTINGS: Record<PolicyKind, object> = {
  local: { chunk_size: 25 * MIB, pre_allocate: true },
  remote: { chunk_size: 25 * MIB, pre_allocate: true, thumb_generator_proxy: true, thumb_exts: list("jpg png gif jpeg mp3 m4a ogg flac"), media_meta_exts: READABLE },
  // What most that speak it take, whatever they call their own.
  s3: { ...bucket, region: "us-east-1" },
  webdav: parallel,
  ks3: parallel,
  azure: parallel,
  gcs: parallel,
  oss: { ...parallel, thumb_exts: list("png jpg jpeg gif bmp webp heic tiff avif"), media_meta_exts: list("jpg jpeg png gif bmp webp tiff heic heif") },
  cos: { ...parallel, thumb_exts: list("png jpg jpeg gif bmp webp"), media_meta_exts: list("jpg jpeg png bmp webp tiff avif heif") },
  obs: { ...parallel, thumb_exts: OBS, media_meta_exts: OBS },
  qiniu: {
    ...parallel,
    custom_proxy: true,
    thumb_max_size: 20 * MIB,
    thumb_exts: list("psd jpeg png gif webp tiff bmp avif heic"),
    media_meta_exts: list("mp3 m4a ogg flac wav aac mp4 mov mkv avi flv webm jpg jpeg png gif bmp webp tiff heic"),
  },
  upyun: { custom_proxy: true, ...both, thumb_exts: UPYUN, media_meta_exts: UPYUN },
  mirror: { members: [], quorum: 0, chunk_size: 25 * MIB, ...both },
  load_balance: { children: [] },
  onedrive: { chunk_size: 50 * MIB, thumb_support_all_exts: true, media_meta_generator_proxy: true },
};

/** A name that no policy has. */
export function freeName(name: string, taken: readonly string[]): string {
  const names = taken.map((other) => other.trim());
  for (let number = 1; ; number += 1) {
    const numbered = number === 1 ? name : `${name} ${number}`;
    if (!names.includes(numbered)) return numbered;
  }
}

export const newPolicy = (kind: PolicyKind, name: string): SentPolicy => ({
  id: 0,
  name,
  type: saysKind(kind).type,
  server: kind === "onedrive" ? GRAPH : "",
  bucket_name: "",
  access_key: "",
  secret_key: "",
  is_private: !isOurs(kind) && !isSpread(kind),
  max_size: 0,
  dir_name_rule: `${kind === "remote" ? "data/" : ""}uploads/{uid}/{path}`,
  file_name_rule: "{uuid}_{originname}",
  node_id: 0,
  settings: { ...SETTINGS[kind], ...saysKind(kind).settings },
});
