/** Asks how files and folders are packed. */
import { Button, Group, Modal, PasswordInput, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { childUri, nameOf } from "@/api/uri";
import { type FileItem, isFolder, type Task } from "@/api/wire";
import { folderOf } from "@/shared/data/folder";
import { errorText, isNoFaultOfInput } from "@/shared/message";
import { forbiddenIn, isReserved } from "@/ui/names";
import { packFiles } from "../data/archive";
import { freeNameQuery } from "../data/free-name";

interface Props {
  files: readonly FileItem[];
  done: (task?: Task) => void;
}

const FORMATS = ["zip", "tar.zst", "7z"] as const;
type Format = (typeof FORMATS)[number];
const METHODS = ["deflate", "store"] as const;

const stemOf = (name: string) => name.replace(/(.)\.[^.]+$/, "$1");

export default function CompressDialog({ files, done }: Props) {
  const { t } = useTranslation();
  const [first] = files;
  const folder = first ? folderOf(first) : "";
  const proposed = files.length === 1 && first ? (isFolder(first) ? first.name : stemOf(first.name)) : folder && nameOf(folder);
  const [format, setFormat] = useState<Format>("zip");
  // Until somebody writes one, it is a name that is free.
  const [written, setWritten] = useState<string>();
  const wished = proposed || t("tasks.compress.archive");
  const free = useQuery({ ...freeNameQuery(folder, wished, format), enabled: written === undefined });
  const stem = written ?? free.data ?? wished;
  const [method, setMethod] = useState<(typeof METHODS)[number]>("deflate");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string>();
  const [general, setGeneral] = useState<string>();
  const [busy, setBusy] = useState(false);
  const closes = format !== "tar.zst";
  const wrong = forbiddenIn(stem) ? t("files.badCharacters") : isReserved(stem) ? t("files.badName") : undefined;
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setGeneral(undefined);
    try {
      const dst = childUri(folder, `${stem}.${format}`);
      done(await packFiles({ src: files.map((file) => file.path), dst, format, method: format === "zip" ? method : undefined, password: closes && password ? password : undefined }));
    } catch (caught) {
      (isNoFaultOfInput(caught) ? setGeneral : setError)(errorText(caught));
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => done()} title={t("tasks.compress.title", { count: files.length, name: first?.name })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form onSubmit={(event) => void send(event)}>
        <Stack>
          <TextInput
            label={t("files.name")}
            data-autofocus
            value={stem}
            error={wrong ?? error}
            rightSection={<Text size="sm" c="dimmed">{`.${format}`}</Text>}
            rightSectionWidth={64}
            onChange={(event) => {
              setWritten(event.currentTarget.value);
              setError(undefined);
            }}
          />
          <Select label={t("tasks.compress.format")} allowDeselect={false} value={format} onChange={(value) => setFormat((value ?? "zip") as Format)} data={FORMATS.map((value) => ({ value, label: t(`tasks.compress.formats.${value.replace(".", "_")}`) }))} />
          {format === "zip" && (
            <SegmentedControl
              aria-label={t("tasks.compress.method")}
              value={method}
              onChange={(value) => setMethod(value as typeof method)}
              data={METHODS.map((value) => ({ value, label: t(`tasks.compress.methods.${value}`) }))}
            />
          )}
          {closes && <PasswordInput label={t("tasks.compress.passwordOptional")} description={t(`tasks.compress.passwordHints.${format}`)} visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />}
          {general && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {general}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!stem || !!wrong}>
              {t("tasks.compress.begin")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
