/** What is fetched, file by file; while it goes on, which of them are wanted can be changed. */
import { Button, Checkbox, Group, Progress, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Task } from "@/api/wire";
import { formatBytes } from "@/ui/format";
import { shownName } from "@/ui/names";
import { showDone, showError } from "@/shared/message";
import { tellTasks } from "@/shared/task-news";
import { isUnderWay } from "@/shared/task-standing";
import { chooseFiles } from "./data/choose-files";
import { wholeTaskQuery } from "./data/task";
import { isLonely } from "./lonely";
import { propsOf, type Download, type DownloadFile } from "./types";
import { whyOf } from "./why";
import classes from "./tasks.module.css";

/** From here on there is a filter, and buttons for all. */
const MANY = 20;
/** More would take a while to draw; the filter finds the rest. */
const MOST_SHOWN = 300;

/** What a magnet link leads to is known only once somebody was found who has it. */
const isMagnet = (task: Task) => /^magnet:/i.test(propsOf(task).src_str ?? "");

export function Torrent({ task, download }: { task: Task; download: Download }) {
  const { t } = useTranslation();
  const { uploaded, upload_speed, hash, error_message } = download;
  const isTorrent = !!hash;
  const asksForNames = isMagnet(task) && isUnderWay(task) && download.state === "downloading" && download.total <= 0;
  // Lists leave out files where there are very many.
  const { data: whole } = useQuery({ ...wholeTaskQuery(task), enabled: isTorrent && !download.files });
  const files = download.files ?? (whole && propsOf(whole).download?.files);
  const numbers = [
    isTorrent && uploaded > 0 && t("tasks.uploaded", { size: formatBytes(uploaded) }),
    isTorrent && upload_speed > 0 && t("tasks.uploadSpeed", { speed: formatBytes(upload_speed) }),
  ].filter(Boolean);
  return (
    <section>
      {numbers.length > 0 && (
        <Text size="sm" c="dimmed" mb="xs" className={classes.numbers}>
          {numbers.join(" · ")}
        </Text>
      )}
      {isLonely(task, Date.now()) && (
        <Text size="sm" mb="xs" role="status">
          {t("tasks.lonely")}
        </Text>
      )}
      {asksForNames && (
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("tasks.asksForNames")}
        </Text>
      )}
      {error_message && !task.error?.includes(error_message) && (
        <Text size="sm" c="var(--mantine-color-error)" mb="xs" style={{ overflowWrap: "anywhere" }}>
          {whyOf(error_message).said}
        </Text>
      )}
      {!!files?.length && <Files task={task} files={files} />}
    </section>
  );
}

function Files({ task, files }: { task: Task; files: DownloadFile[] }) {
  const { t } = useTranslation();
  // What differs from what the server knows.
  const [changed, setChanged] = useState<ReadonlyMap<number, boolean>>(new Map());
  const [filter, setFilter] = useState("");
  const [busy, setBusy] = useState(false);
  const changeable = task.summary?.phase === "monitor" && (task.status === "processing" || task.status === "suspending") && files.length > 1;
  const isWanted = (file: DownloadFile) => changed.get(file.index) ?? file.selected;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = files.filter((file) => words.every((word) => file.name.toLowerCase().includes(word)));
  const want = (which: DownloadFile[], wanted: (file: DownloadFile) => boolean) => {
    const next = new Map(changed);
    for (const file of which) {
      if (wanted(file) === file.selected) next.delete(file.index);
      else next.set(file.index, wanted(file));
    }
    setChanged(next);
  };
  const nothing = !files.some(isWanted);
  const size = files.filter(isWanted).reduce((sum, file) => sum + file.size, 0);
  const save = async () => {
    setBusy(true);
    try {
      await chooseFiles(task.id, [...changed].map(([index, download]) => ({ index, download })));
      setChanged(new Map());
      showDone(t("tasks.filesChosen"));
      tellTasks();
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <Group justify="space-between" mb={6} gap="xs">
        <Text fw={600} size="sm">
          {t("tasks.files")} · {t("files.countFiles", { count: files.filter(isWanted).length })}, {formatBytes(size)}
        </Text>
        {changeable && files.length > MANY && (
          <Group gap={4}>
            <Button size="compact-sm" variant="subtle" onClick={() => want(found, () => true)}>
              {t("files.selectAll")}
            </Button>
            <Button size="compact-sm" variant="subtle" onClick={() => want(found, (file) => !isWanted(file))}>
              {t("tasks.invert")}
            </Button>
          </Group>
        )}
      </Group>
      {files.length > MANY && (
        <TextInput size="sm" mb={6} aria-label={t("files.filter")} placeholder={t("files.filter")} value={filter} onChange={(event) => setFilter(event.currentTarget.value)} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it */}
      <div className={classes.scroll} tabIndex={0}>
        <ul className={classes.files}>
          {found.slice(0, MOST_SHOWN).map((file) => (
            <li key={file.index} className={classes.file}>
              {changeable && <Checkbox size="sm" checked={isWanted(file)} onChange={() => want([file], () => !isWanted(file))} aria-label={shownName(file.name)} />}
              <div className={classes.text}>
                <Text size="sm" c={isWanted(file) ? undefined : "dimmed"} style={{ overflowWrap: "anywhere" }}>
                  {shownName(file.name)}
                </Text>
                {file.selected && file.progress < 1 && <Progress size={3} mt={3} value={file.progress * 100} aria-label={shownName(file.name)} />}
              </div>
              <Text size="xs" c="dimmed" className={classes.numbers} style={{ whiteSpace: "nowrap" }}>
                {formatBytes(file.size)}
              </Text>
            </li>
          ))}
          {found.length > MOST_SHOWN && (
            <Text component="li" size="sm" c="dimmed" px="sm" py={4}>
              {t("taken.more", { count: found.length - MOST_SHOWN })}
            </Text>
          )}
          {found.length === 0 && (
            <Text component="li" size="sm" c="dimmed" px="sm" py={4}>
              {t("files.nothingFound")}
            </Text>
          )}
        </ul>
      </div>
      {changed.size > 0 && (
        <Group mt="xs" gap="xs">
          <Button size="compact-md" loading={busy} disabled={nothing} onClick={() => void save()}>
            {t("tasks.saveChoice")}
          </Button>
          <Button size="compact-md" variant="default" onClick={() => setChanged(new Map())}>
            {t("app.cancel")}
          </Button>
          {nothing && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {t("tasks.chooseOne")}
            </Text>
          )}
        </Group>
      )}
    </div>
  );
}
