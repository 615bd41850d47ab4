/** Asks what the server fetches, and where it goes. */
import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFolder } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, type FormEvent, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError, Code } from "@/api/error";
import type { Task } from "@/api/wire";
import { errorText } from "@/shared/message";
import { pathOf } from "@/shared/task-name";
import { ask } from "@/ui/dialogs";
import { shownName } from "@/ui/names";
import { fetchLinks } from "../data/download";
import { linesOf, wrongOf } from "../data/links";
import { takenQuery } from "../data/taken";
import { useTorrent } from "../use-torrent";
import { wordOfBegin, wordsOfWrong } from "./download-words";
import { TorrentSource } from "./TorrentSource";

const FolderPicker = lazy(() => import("@/shared/files/FolderPicker"));

interface Props {
  folder: string;
  /** A torrent of the drive. */
  torrent?: string;
  done: (tasks?: Task[]) => void;
}

const CHOICES = ["rename", "overwrite", "skip"] as const;
type Choice = (typeof CHOICES)[number];

export default function DownloadDialog({ folder, torrent: given, done }: Props) {
  const { t } = useTranslation();
  const [from, setFrom] = useState<"links" | "torrent">(given ? "torrent" : "links");
  const [text, setText] = useState("");
  const torrent = useTorrent(given);
  const [target, setTarget] = useState(folder);
  const [conflict, setConflict] = useState<Choice>("rename");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  // What is being uploaded for it is wanted by nobody once it is closed.
  const [closing] = useState(() => new AbortController());
  const links = linesOf(text);
  const wrong = wrongOf(links);
  const bad = [...wrong.links, ...wrong.magnets];
  const [settled] = useDebouncedValue(from === "links" && bad.length === 0 ? text : "", 400);
  const taken = useQuery(takenQuery(target, linesOf(settled))).data ?? [];
  const beside = conflict === "rename" ? taken.flatMap((each) => each.beside ?? []) : [];
  // A torrent is one, and so is what has not been written yet.
  const count = from === "links" ? links.length - bad.length : 1;
  const ready = from === "links" ? links.length > 0 && bad.length === 0 : !!torrent.chosen;
  const close = () => {
    closing.abort();
    done();
  };
  const choose = async () => {
    const chosen = await ask<string>((answer) => <FolderPicker title={t("tasks.download.into")} action={t("app.choose")} start={target} forbidden={[]} done={answer} />);
    if (chosen) setTarget(chosen);
  };
  const mayDrop = (event: DragEvent) => {
    if (!given && event.dataTransfer.types.includes("Files")) event.preventDefault();
  };
  const drop = (event: DragEvent) => {
    const [file] = event.dataTransfer.files;
    if (!file || given) return;
    event.preventDefault();
    if (busy) return;
    setFrom("torrent");
    setError(undefined);
    void torrent.chooseOwn(file);
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const what = from === "links" ? { src: links } : { src_file: await torrent.inDrive(target, closing.signal) };
      if (closing.signal.aborted) return;
      done(await fetchLinks({ ...what, dst: target, conflict }));
    } catch (caught) {
      setBusy(false);
      // Its upload was called off.
      if (caught instanceof DOMException && caught.name === "AbortError") return;
      const failed = asApiError(caught);
      // What could be begun has begun: what is left is what could not.
      if (failed.code === Code.partly) setText(Object.keys(failed.failed).join("\n"));
      const [reason] = Object.values(failed.failed);
      setError(errorText(reason ?? failed));
    }
  };
  return (
    <Modal opened onClose={close} size="lg" title={t("tasks.download.title")} closeButtonProps={{ "aria-label": t("app.close") }} onDragOver={mayDrop} onDrop={drop}>
      <form onSubmit={(event) => void send(event)}>
        <Stack>
          {!given && (
            <SegmentedControl
              aria-label={t("tasks.download.from")}
              value={from}
              onChange={(value) => setFrom(value as typeof from)}
              data={(["links", "torrent"] as const).map((value) => ({ value, label: t(`tasks.download.sources.${value}`) }))}
            />
          )}
          {from === "links" ? (
            <Textarea
              label={t("tasks.download.links")}
              description={t("tasks.download.linksHint")}
              data-autofocus
              autosize
              minRows={4}
              maxRows={12}
              value={text}
              error={bad.length > 0 && <Wrong {...wrong} />}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setError(undefined);
              }}
            />
          ) : given ? (
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {pathOf(given)}
            </Text>
          ) : (
            <TorrentSource torrent={torrent} disabled={busy} />
          )}
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {t("tasks.download.intoFolder", { folder: pathOf(target) === "/" ? t("files.myFiles") : pathOf(target) })}
            </Text>
            <Button size="compact-sm" variant="subtle" flex="none" leftSection={<IconFolder size={16} />} onClick={() => void choose()}>
              {t("tasks.download.otherFolder")}
            </Button>
          </Group>
          <Select label={t("tasks.extract.conflict")} description={conflict === "rename" && t("tasks.extract.renameHint")} allowDeselect={false} value={conflict} onChange={(value) => setConflict((value ?? "rename") as Choice)} data={CHOICES.map((value) => ({ value, label: t(`tasks.extract.conflicts.${value}`) }))} />
          {settled && taken.length > 0 && (
            <Text size="sm" role="status" style={{ overflowWrap: "anywhere" }}>
              {t("tasks.download.taken", { count: taken.length, names: taken.map(({ name }) => shownName(name)).join(", ") })}{" "}
              {beside.length > 0 && t("tasks.download.comesAs", { count: beside.length, names: beside.map(shownName).join(", ") })}
            </Text>
          )}
          {error && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {error}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!ready}>
              {wordOfBegin(count)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Each line that cannot be fetched, by what is wrong with it. */
function Wrong(wrong: ReturnType<typeof wrongOf>) {
  return wordsOfWrong(wrong).map((each) => (
    <span key={each} style={{ display: "block" }}>
      {each}
    </span>
  ));
}
