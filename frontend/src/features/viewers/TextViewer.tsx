import { ActionIcon, Button, Center, Group, Loader, Modal, Stack, Text, Tooltip, useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconColumns2, IconDeviceFloppy, IconTextWrap } from "@tabler/icons-react";
import { useBlocker } from "@tanstack/react-router";
import i18next from "i18next";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit } from "@/api/bits";
import { Code, hasCode } from "@/api/error";
import { childUri, nameOf, parentUri, parseUri } from "@/api/uri";
import { refreshParentsOf } from "@/shared/data/changes";
import { extensionOf, formatBytes } from "@/ui/format";
import { shownName } from "@/ui/names";
import { errorText, showDone, showError } from "@/shared/message";
import { saveText, textQuery } from "./data/text";
import { createEditor, type Editor } from "./editor";
import { Unknown } from "./Unknown";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

const Markdown = lazy(() => import("@/shared/Markdown"));

/** More than this makes the page slow; such files are downloaded. */
const LARGEST_BYTES = 10 * 1024 * 1024;

export default function TextViewer(props: ViewerProps) {
  const { t } = useTranslation();
  const { file, version } = props;
  const tooLarge = file.size > LARGEST_BYTES;
  const text = useQuery({ ...textQuery(file, version), enabled: !tooLarge });
  if (text.data !== undefined) return <Opened {...props} text={text.data} />;
  if (tooLarge || text.error) return <Unknown file={file} version={version} reason={tooLarge ? t("viewers.tooLarge", { size: formatBytes(LARGEST_BYTES) }) : errorText(text.error)} />;
  return (
    <Center flex={1}>
      <Loader />
    </Center>
  );
}

/** The file that an address opens. */
const openIn = ({ search }: { search: object }) => (search as { open?: string }).open;

function Opened({ file, version, tools, goOn, text }: ViewerProps & { text: string }) {
  const { t } = useTranslation();
  const dark = useComputedColorScheme("light") === "dark";
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  const [dirty, setDirty] = useState(false);
  const [busy, setBusy] = useState(false);
  const [stale, setStale] = useState(false);
  /** What is written to: the file that was opened, or the copy that was saved last. */
  const [target, setTarget] = useState(file);
  const targetPath = useRef(file.path);
  const [content, setContent] = useState(text);
  const [wrap, setWrap] = useState(true);
  const markdown = ["md", "markdown"].includes(extensionOf(file.name));
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const [preview, setPreview] = useState(markdown);
  const writable = !version && hasBit(file.capability, Can.upload) && !!file.owned;
  const save = useRef<() => void>(() => {});

  useEffect(() => {
    if (!holder.current) return;
    const made = createEditor(holder.current, {
      text,
      name: file.name,
      readOnly: !writable,
      label: shownName(file.name),
      // Another language is no reason to begin again with the text as it was opened.
      hint: i18next.t("viewers.tabHint"),
      onChange: (read) => {
        setDirty(true);
        if (markdown) setContent(read());
      },
      onSave: () => save.current(),
    });
    editor.current = made;
    return () => made.destroy();
  }, [text, file.name, writable, markdown]);
  useEffect(() => {
    editor.current?.setDark(dark);
  }, [dark]);
  useEffect(() => {
    editor.current?.setWrap(wrap);
  }, [wrap]);
  useEffect(() => {
    editor.current?.setLabel(shownName(target.name));
  }, [target.name]);

  const store = async (uri: string, guard: boolean) => {
    const body = editor.current?.read() ?? "";
    setBusy(true);
    try {
      const saved = await saveText(uri, body, guard ? target.primary_entity : undefined);
      setTarget(saved);
      // What was typed meanwhile is still to be saved.
      setDirty(!!editor.current && editor.current.read() !== body);
      setStale(false);
      if (saved.path === target.path) showDone(t("viewers.saved"));
      else {
        targetPath.current = saved.path;
        goOn(target.path, saved.path);
        showDone(t("viewers.savedCopy", { name: saved.name, folder: folderName(saved.path) }));
      }
    } catch (error) {
      if (hasCode(error, Code.staleVersion)) setStale(true);
      else showError(error);
    } finally {
      setBusy(false);
      refreshParentsOf([target]);
    }
  };
  save.current = () => {
    if (writable && !busy) void store(target.path, true);
  };
  const folderName = (uri: string) => nameOf(parentUri(uri)) || t(parseUri(uri).fs === "my" ? "files.myFiles" : "files.share");
  const copyName = () => {
    const { name } = target;
    const dot = name.lastIndexOf(".");
    const stamp = new Date().toISOString().slice(0, 16).replace("T", " ").replace(":", "-");
    return dot > 0 ? `${name.slice(0, dot)} (${stamp})${name.slice(dot)}` : `${name} (${stamp})`;
  };

  // The button that led to a dialog cannot have the focus again: nothing is left to save.
  const writeOn = () => editor.current?.focus();

  const leaving = useBlocker({
    // The address that follows the text to its copy leaves nothing behind.
    shouldBlockFn: ({ current, next }) => dirty && (openIn(current) === openIn(next) || openIn(next) !== targetPath.current),
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });

  return (
    <>
      {tools(
        <>
          {markdown && (
            <Tooltip label={t("viewers.preview")}>
              <ActionIcon size="lg" aria-label={t("viewers.preview")} aria-pressed={preview} variant={preview ? "light" : "subtle"} color={preview ? "accent" : "gray"} onClick={() => setPreview(!preview)}>
                <IconColumns2 size={20} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={t("viewers.wrap")}>
            <ActionIcon size="lg" visibleFrom="sm" aria-label={t("viewers.wrap")} aria-pressed={wrap} variant={wrap ? "light" : "subtle"} color={wrap ? "accent" : "gray"} onClick={() => setWrap(!wrap)}>
              <IconTextWrap size={20} />
            </ActionIcon>
          </Tooltip>
          {writable && (
            <Button size="sm" px={narrow ? "xs" : undefined} aria-label={t("app.save")} loading={busy} disabled={!dirty} onClick={() => save.current()}>
              <IconDeviceFloppy size={18} />
              {!narrow && <span style={{ marginInlineStart: 8 }}>{t("app.save")}</span>}
            </Button>
          )}
        </>,
      )}
      <div className={classes.stage}>
        <div className={preview ? classes.split : undefined} style={{ height: "100%" }}>
          <div ref={holder} className={classes.editor} style={{ minWidth: 0, display: preview && narrow ? "none" : undefined }} />
          {preview && (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it
            <section className={classes.preview} tabIndex={0} aria-label={t("viewers.preview")}>
              <Suspense fallback={<Loader />}>
                <Markdown text={content} />
              </Suspense>
            </section>
          )}
        </div>
      </div>
      <Modal opened={stale} onClose={() => setStale(false)} returnFocus={false} onExitTransitionEnd={writeOn} title={t("viewers.stale")} closeButtonProps={{ "aria-label": t("app.close") }}>
        <Stack>
          <Text>{t("viewers.staleText")}</Text>
          <Group justify="end">
            <Button variant="default" disabled={busy} onClick={() => void store(childUri(parentUri(target.path), copyName()), false)}>
              {t("viewers.saveCopy")}
            </Button>
            <Button color="red.9" loading={busy} onClick={() => void store(target.path, false)}>
              {t("viewers.overwrite")}
            </Button>
          </Group>
        </Stack>
      </Modal>
      <Modal opened={leaving.status === "blocked"} onClose={() => leaving.reset?.()} returnFocus={false} onExitTransitionEnd={writeOn} title={t("viewers.unsaved")} closeButtonProps={{ "aria-label": t("app.close") }}>
        <Stack>
          <Text>{t("viewers.unsavedText")}</Text>
          <Group justify="end">
            <Button variant="default" onClick={() => leaving.reset?.()}>
              {t("viewers.stay")}
            </Button>
            <Button color="red.9" onClick={() => leaving.proceed?.()}>
              {t("viewers.discard")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
