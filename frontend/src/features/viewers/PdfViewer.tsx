import { ActionIcon, Center, Loader, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import * as pdfjs from "pdfjs-dist";
import workerUrl from "pdfjs-dist/build/pdf.worker.min.mjs?url";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { linkTo } from "@/shared/data/links";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { Unknown } from "./Unknown";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;

const PARTS = { cMapUrl: "/pdf/cmaps/", cMapPacked: true, standardFontDataUrl: "/pdf/standard_fonts/", wasmUrl: "/pdf/wasm/" };

const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];
const WIDEST = 980;
const TROUBLES: Record<string, string> = { PasswordException: "viewers.pdfPassword", InvalidPDFException: "viewers.pdfBroken" };

export default function PdfViewer({ file, version, tools }: ViewerProps) {
  const { t } = useTranslation();
  const { ref, width } = useElementSize();
  const [zoom, setZoom] = useState(3);
  const loaded = useQuery({
    queryKey: keys.document(file, version),
    queryFn: async () => {
      const url = await linkTo(file, { entity: version });
      // Scripts inside a document never run here.
      const document = await pdfjs.getDocument({ url, isEvalSupported: false, enableXfa: false, ...PARTS }).promise;
      const first = await document.getPage(1);
      const { width: w, height: h } = first.getViewport({ scale: 1 });
      return { document, ratio: h / w };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const base = Math.min(WIDEST, Math.max(240, width - 32));
  const pageWidth = Math.round(base * (ZOOMS[zoom] ?? 1));
  return (
    <>
      {tools(
        <>
          <ActionIcon size="lg" aria-label={t("viewers.zoomOut")} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}>
            <IconZoomOut size={20} />
          </ActionIcon>
          <Text size="sm" w={44} ta="center" visibleFrom="sm">
            {Math.round((ZOOMS[zoom] ?? 1) * 100)}%
          </Text>
          <ActionIcon size="lg" aria-label={t("viewers.zoomIn")} disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}>
            <IconZoomIn size={20} />
          </ActionIcon>
        </>,
      )}
      <div className={classes.stage} ref={ref}>
        {loaded.error ? (
          <Unknown file={file} version={version} reason={t(TROUBLES[loaded.error.name] ?? "", { defaultValue: errorText(loaded.error) })} />
        ) : !loaded.data || width === 0 ? (
          <Center h="100%">
            <Loader />
          </Center>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
          <section className={classes.pages} tabIndex={0} aria-label={shownName(file.name)}>
            {Array.from({ length: loaded.data.document.numPages }, (_, index) => (
              <Page key={index} document={loaded.data.document} number={index + 1} width={pageWidth} ratio={loaded.data.ratio} />
            ))}
          </section>
        )}
      </div>
    </>
  );
}

/** A page is drawn when it comes near the screen, and freed when it leaves. */
function Page({ document: pdf, number, width, ratio }: { document: pdfjs.PDFDocumentProxy; number: number; width: number; ratio: number }) {
  const { t } = useTranslation();
  const holder = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  const [shape, setShape] = useState(ratio);
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const observer = new IntersectionObserver(([entry]) => setNear(!!entry?.isIntersecting), { rootMargin: "800px 0px" });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = holder.current;
    if (!near || !element) return;
    let task: pdfjs.RenderTask | undefined;
    let gone = false;
    const canvas = document.createElement("canvas");
    void pdf.getPage(number).then((page) => {
      if (gone) return;
      const natural = page.getViewport({ scale: 1 });
      setShape(natural.height / natural.width);
      const viewport = page.getViewport({ scale: (width / natural.width) * Math.min(2, window.devicePixelRatio || 1) });
      canvas.width = viewport.width;
      canvas.height = viewport.height;
      task = page.render({ canvas, viewport });
      task.promise.then(
        () => element.replaceChildren(canvas),
        () => {},
      );
    });
    return () => {
      gone = true;
      task?.cancel();
      element.replaceChildren();
    };
  }, [near, pdf, number, width]);
  return <div ref={holder} className={classes.page} role="img" aria-label={t("viewers.page", { number })} style={{ width, height: width * shape }} />;
}
