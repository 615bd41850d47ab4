/** Asks what the server fetches, and where it goes. */
import { Button, Group, Modal, SegmentedControl, Select, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconFolder } from "@tabler/icons-react";
import { type FormEvent, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { asApiError, Code } from "@/api/error";
import { parseUri } from "@/api/uri";
import type { Task } from "@/api/wire";
import { errorText } from "@/shared/message";
import { ask } from "@/ui/dialogs";
import { shownName } from "@/ui/names";
import { fetchLinks, torrentsQuery } from "../data/download";
import { takenQuery } from "../data/taken";

const FolderPicker = lazy(() => import("@/shared/files/FolderPicker"));

interface Props {
  folder: string;
  /** A torrent of the drive. */
  torrent?: string;
  done: (tasks?: Task[]) => void;
}

const CHOICES = ["rename", "overwrite", "skip"] as const;
type Choice = (typeof CHOICES)[number];

const LINK = /^(https?|ftps?|sftp):\/\/[^\s/]|^magnet:\?/i;

/** One that comes twice is fetched once. */
const linesOf = (text: string) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
/** So many of the lines that are no links are named, and so much of each. */
const [NAMED, NAMED_LONG] = [3, 60];
const shortened = (line: string) => (line.length > NAMED_LONG ? `${line.slice(0, NAMED_LONG)}…` : line);
const namedOf = (lines: string[]) => [...lines.slice(0, NAMED).map(shortened), ...(lines.length > NAMED ? ["…"] : [])].join(", ");
const pathOf = (uri: string) => shownName(`/${parseUri(uri).path.join("/")}`);

export default function DownloadDialog({ folder, torrent: given, done }: Props) {
  const { t } = useTranslation();
  const [from, setFrom] = useState<"links" | "torrent">(given ? "torrent" : "links");
  const [text, setText] = useState("");
  const [torrent, setTorrent] = useState<string | null>(given ?? null);
  const [target, setTarget] = useState(folder);
  const [conflict, setConflict] = useState<Choice>("rename");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const torrents = useQuery({ ...torrentsQuery, enabled: from === "torrent" && !given });
  const links = linesOf(text);
  const bad = links.filter((link) => !LINK.test(link));
  const [settled] = useDebouncedValue(from === "links" && bad.length === 0 ? text : "", 400);
  const taken = useQuery(takenQuery(target, linesOf(settled))).data ?? [];
  const ready = from === "links" ? links.length > 0 && bad.length === 0 : !!torrent;
  const choose = async () => {
    const chosen = await ask<string>((answer) => <FolderPicker title={t("tasks.download.into")} action={t("app.choose")} start={target} forbidden={[]} done={answer} />);
    if (chosen) setTarget(chosen);
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const what = from === "links" ? { src: links } : { src_file: torrent ?? undefined };
      done(await fetchLinks({ ...what, dst: target, conflict }));
    } catch (caught) {
      const failed = asApiError(caught);
      // What could be begun has begun: what is left is what could not.
      if (failed.code === Code.partly) setText(Object.keys(failed.failed).join("\n"));
      const [reason] = Object.values(failed.failed);
      setError(errorText(reason ?? failed));
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => done()} size="lg" title={t("tasks.download.title")} closeButtonProps={{ "aria-label": t("app.close") }}>
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
              error={bad.length > 0 ? t("tasks.download.noLink", { count: bad.length, links: namedOf(bad) }) : undefined}
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
            <Select
              label={t("tasks.download.torrent")}
              placeholder={t("tasks.download.chooseTorrent")}
              nothingFoundMessage={t(torrents.isPending ? "app.loading" : "tasks.download.noTorrents")}
              searchable
              value={torrent}
              onChange={setTorrent}
              data={(torrents.data ?? []).map((file) => ({ value: file.path, label: pathOf(file.path) }))}
            />
          )}
          <Group justify="space-between" wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {t("tasks.download.intoFolder", { folder: pathOf(target) === "/" ? t("files.myFiles") : pathOf(target) })}
            </Text>
            <Button size="compact-sm" variant="subtle" flex="none" leftSection={<IconFolder size={16} />} onClick={() => void choose()}>
              {t("tasks.download.otherFolder")}
            </Button>
          </Group>
          <Select label={t("tasks.extract.conflict")} allowDeselect={false} value={conflict} onChange={(value) => setConflict((value ?? "rename") as Choice)} data={CHOICES.map((value) => ({ value, label: t(`tasks.extract.conflicts.${value}`) }))} />
          {settled && taken.length > 0 && (
            <Text size="sm" role="status" style={{ overflowWrap: "anywhere" }}>
              {t("tasks.download.taken", { count: taken.length, names: taken.map((name) => shownName(name)).join(", ") })}
            </Text>
          )}
          {error && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {error}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!ready}>
              {t("tasks.download.begin", { count: from === "links" ? Math.max(1, links.length - bad.length) : 1 })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
