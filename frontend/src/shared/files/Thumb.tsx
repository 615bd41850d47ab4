import { useQuery } from "@tanstack/react-query";
import { memo, useState } from "react";
import { Can, hasBit } from "@/api/bits";
import { useConfig } from "@/api/config";
import type { FileItem } from "@/api/wire";
import { extensionOf } from "@/ui/format";
import { thumbExtensions, thumbQuery } from "../data/thumb";
import { FileIcon } from "./FileIcon";
import classes from "./thumb.module.css";

/** A small picture of the file, or its symbol while there is none. */
export const Thumb = memo(function Thumb({ file, enabled, size }: { file: FileItem; enabled: boolean; size: number }) {
  const config = useConfig("thumb");
  const [broken, setBroken] = useState(false);
  const drawable =
    enabled &&
    file.type === 0 &&
    file.size > 0 &&
    hasBit(file.capability, Can.thumbnail) &&
    file.metadata?.["thumb:disabled"] === undefined &&
    thumbExtensions(config).includes(extensionOf(file.name));
  const thumb = useQuery({ ...thumbQuery(file.path, file.primary_entity), enabled: drawable });
  if (!thumb.data?.url || broken) return <FileIcon file={file} size={size} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementInteractions: nobody acts on it, it only may not load
    <img
      className={classes.thumb}
      data-thumb
      src={thumb.data.url}
      alt=""
      loading="lazy"
      decoding="async"
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
});
