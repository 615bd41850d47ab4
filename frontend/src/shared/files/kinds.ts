/** What a file is, told from its name. */
import type { FileItem } from "@/api/wire";
import { extensionOf } from "@/ui/format";

export type Kind =
  | "folder" | "image" | "video" | "audio" | "pdf" | "word" | "sheet" | "slides" | "text" | "code" | "archive" | "book" | "other";

const extensions: Record<Exclude<Kind, "folder" | "other">, string> = {
  image: "jpg jpeg png gif webp avif bmp svg heic heif tif tiff ico psd raw cr2 cr3 nef arw dng orf rw2 raf",
  video: "mp4 mkv webm mov avi m4v ogv flv wmv m3u8 mpg mpeg 3gp",
  audio: "mp3 flac wav ogg oga m4a aac opus ape wma aiff",
  pdf: "pdf",
  word: "doc docx odt rtf pages",
  sheet: "xls xlsx ods csv tsv numbers",
  slides: "ppt pptx odp key",
  text: "txt md markdown log rst tex",
  code: "js mjs ts tsx jsx json yaml yml toml xml html htm css scss less rs go py rb java kt c h cc cpp hpp cs php sh bash bat ps1 sql lua swift vue svelte ini conf dockerfile gradle",
  archive: "zip 7z rar tar gz tgz bz2 tbz tbz2 xz txz zst tzst lz4",
  book: "epub mobi azw3",
};

const kinds = new Map<string, Kind>(
  Object.entries(extensions).flatMap(([kind, list]) => list.split(" ").map((extension) => [extension, kind as Kind])),
);

/** A name that waits for its first content; a file that gets a new version is no such thing. */
export const isPlaceholder = (file: FileItem) => !!file.metadata?.["sys:upload_session_id"] && file.size === 0;

export function kindOf(file: { type: number; name: string }): Kind {
  return file.type === 1 ? "folder" : (kinds.get(extensionOf(file.name)) ?? "other");
}
