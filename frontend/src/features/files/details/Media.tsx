/** What the server read out of pictures, music and films. */
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { formatFullTime, formatLength } from "@/ui/format";

const SHOWN = [
  "exif:taken_at",
  "exif:camera_make",
  "exif:camera_model",
  "exif:lens_model",
  "exif:f",
  "exif:exposure_time",
  "exif:iso",
  "exif:focal_length",
  "music:title",
  "music:artist",
  "music:album",
  "stream:duration",
  "stream:bitrate",
  "geocoding:place",
  "geocoding:country",
];

export function Media({ file }: { file: FileItem }) {
  const { t, i18n } = useTranslation();
  const known = SHOWN.filter((key) => file.metadata?.[key]);
  return known.map((key) => {
    const label = `media.${key.replace(":", "_")}`;
    return (
      <div key={key} style={{ display: "contents" }}>
        <dt>{i18n.exists(label) ? t(label) : key}</dt>
        <dd>{readable(key, file.metadata?.[key] ?? "")}</dd>
      </div>
    );
  });
}

function readable(key: string, value: string): string {
  if (key === "exif:taken_at" && !Number.isNaN(Date.parse(value))) return formatFullTime(value);
  if (key === "stream:duration" && Number(value) > 0) return formatLength(Number(value));
  if (key === "stream:bitrate" && Number(value) > 0) return `${Math.round(Number(value) / 1000)} kbit/s`;
  return value;
}
