import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { IconInfoCircle } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import Lightbox from "yet-another-react-lightbox";
import Inline from "yet-another-react-lightbox/plugins/inline";
import Zoom from "yet-another-react-lightbox/plugins/zoom";
import "yet-another-react-lightbox/styles.css";
import type { FileItem } from "@/api/wire";
import { extensionOf, formatBytes, formatFullTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { linkQuery } from "@/shared/data/links";
import { kindOf } from "@/shared/files/kinds";
import { exifQuery } from "./data/exif";
import { siblingsOf } from "./siblings";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";
import facts from "@/shared/facts.module.css";

const SHOWABLE = new Set(["jpg", "jpeg", "png", "gif", "webp", "avif", "bmp", "svg", "ico", "heic", "heif"]);

export default function ImageViewer({ file, version, tools }: ViewerProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [about, setAbout] = useState(false);
  const images = useMemo(
    () => siblingsOf(file).filter((each) => each.path === file.path || (kindOf(each) === "image" && SHOWABLE.has(extensionOf(each.name)))),
    [file],
  );
  const stage = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Arrows turn the pages at once, unless somebody is busy with a button.
    const idle = [null, document.body].includes(document.activeElement as HTMLElement | null) || document.activeElement?.matches("[data-viewer], [data-autofocus]");
    if (idle) stage.current?.querySelector<HTMLElement>(".yarl__container")?.focus({ preventScroll: true });
  }, []);
  const index = Math.max(0, images.findIndex((each) => each.path === file.path));
  const around = [index - 1, index, index + 1].map((at) => images[(at + images.length) % images.length]).filter((each) => !!each);
  const near = [...new Set(around)];
  // The neighbours are fetched ahead, so that turning a page does not wait.
  const links = useQueries({ queries: near.map((each) => linkQuery(each, each.path === file.path ? version : undefined)) });
  const known = new Map(near.map((each, at) => [each.path, links[at]?.data]));
  const slides = images.map((each) => ({ src: known.get(each.path) ?? "data:image/gif;base64,R0lGODlhAQABAAAAACw=", alt: shownName(each.name) }));
  return (
    <>
      {tools(
        <Tooltip label={t("viewers.about")}>
          <ActionIcon size="lg" aria-label={t("viewers.about")} onClick={() => setAbout(true)}>
            <IconInfoCircle size={20} />
          </ActionIcon>
        </Tooltip>,
      )}
      <div className={classes.stage} ref={stage}>
        <Lightbox
          index={index}
          slides={slides}
          plugins={[Inline, Zoom]}
          inline={{ style: { width: "100%", height: "100%" } }}
          carousel={{ finite: images.length < 3, preload: 1, padding: 0 }}
          animation={{ swipe: 250, fade: 150 }}
          controller={{ closeOnEscape: false }}
          zoom={{ maxZoomPixelRatio: 4, scrollToZoom: true }}
          styles={{ container: { background: "var(--surface)", "--yarl__button_filter": "none" }, button: { color: "var(--mantine-color-text)", filter: "none" } }}
          labels={{ Previous: t("viewers.previous"), Next: t("viewers.next"), "Zoom in": t("viewers.zoomIn"), "Zoom out": t("viewers.zoomOut"), Close: t("app.close") }}
          on={{
            view: ({ index: at }) => {
              const shown = images[at];
              if (shown && shown.path !== file.path)
                void navigate({ to: "/home", search: (last) => ({ ...last, open: shown.path, version: undefined }), replace: true });
            },
          }}
        />
      </div>
      <Drawer opened={about} onClose={() => setAbout(false)} position="right" title={t("viewers.about")} closeButtonProps={{ "aria-label": t("app.close") }}>
        {about && <Exif file={file} url={known.get(file.path)} />}
      </Drawer>
    </>
  );
}

const FIELDS = ["DateTimeOriginal", "Make", "Model", "LensModel", "FNumber", "ExposureTime", "ISOSpeedRatings", "FocalLength", "Flash", "Software", "Artist", "Copyright", "ImageDescription"];

/** Cameras write `2026:05:04 03:02:01`, in the time of where they were. */
function takenAt(value: string): string {
  const time = value.replace(/^(\d{4}):(\d\d):(\d\d) /, "$1-$2-$3T");
  return Number.isNaN(Date.parse(time)) ? value : formatFullTime(time);
}

function Exif({ file, url }: { file: FileItem; url?: string }) {
  const { t } = useTranslation();
  const exif = useQuery(exifQuery(file, url));
  const found = FIELDS.map((field) => [field, exif.data?.[field]?.description] as const).filter(([, value]) => value);
  const width = exif.data?.["Image Width"]?.description;
  const height = exif.data?.["Image Height"]?.description;
  return (
    <dl className={facts.facts}>
      <dt>{t("files.name")}</dt>
      <dd>{shownName(file.name)}</dd>
      <dt>{t("files.size")}</dt>
      <dd>{formatBytes(file.size)}</dd>
      <dt>{t("files.modified")}</dt>
      <dd>{formatFullTime(file.updated_at)}</dd>
      {width && height && (
        <>
          <dt>{t("viewers.pixels")}</dt>
          <dd>
            {width.replace("px", "")} × {height.replace("px", "")}
          </dd>
        </>
      )}
      {found.map(([field, value]) => (
        <div key={field} style={{ display: "contents" }}>
          <dt>{t(`exif.${field}`)}</dt>
          <dd>{field === "DateTimeOriginal" ? takenAt(value ?? "") : value}</dd>
        </div>
      ))}
    </dl>
  );
}
