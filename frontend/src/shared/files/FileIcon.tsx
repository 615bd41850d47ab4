import {
  IconBook2,
  IconFile,
  IconFileCode,
  IconFileMusic,
  IconFileSpreadsheet,
  IconFileText,
  IconFileTypePdf,
  IconFileWord,
  IconFileZip,
  IconFolderFilled,
  IconFolderSymlink,
  IconMovie,
  IconPhoto,
  IconPresentation,
} from "@tabler/icons-react";
import { type ComponentType, memo } from "react";
import type { FileItem } from "@/api/wire";
import { type Kind, kindOf } from "./kinds";

type Icon = ComponentType<{ size?: number | string; stroke?: number; color?: string }>;

const icons: Record<Kind, [Icon, string]> = {
  folder: [IconFolderFilled, "var(--mantine-primary-color-5)"],
  image: [IconPhoto, "#1d9a6c"],
  video: [IconMovie, "#c24a8b"],
  audio: [IconFileMusic, "#8a5cd6"],
  pdf: [IconFileTypePdf, "#d04545"],
  word: [IconFileWord, "#3f77d0"],
  sheet: [IconFileSpreadsheet, "#2f8f4e"],
  slides: [IconPresentation, "#d0722b"],
  text: [IconFileText, "#6b7585"],
  code: [IconFileCode, "#2b8ca3"],
  archive: [IconFileZip, "#a8803a"],
  book: [IconBook2, "#8a6a4f"],
  other: [IconFile, "#7b8494"],
};

/** A file's symbol: the emoji its owner chose, else one by kind in the colour its owner chose. */
export const FileIcon = memo(function FileIcon({ file, size = 22 }: { file: FileItem; size?: number }) {
  const emoji = file.metadata?.["customize:emoji"];
  if (emoji)
    return (
      <span aria-hidden style={{ fontSize: size * 0.86, lineHeight: 1, width: size, textAlign: "center", display: "inline-block", flex: "none" }}>
        {emoji}
      </span>
    );
  const [Icon, color] = icons[kindOf(file)];
  const Drawn = file.metadata?.["sys:shared_redirect"] && file.type === 1 ? IconFolderSymlink : Icon;
  return <Drawn size={size} stroke={1.6} color={file.metadata?.["customize:icon_color"] || color} style={{ flex: "none" }} />;
});
