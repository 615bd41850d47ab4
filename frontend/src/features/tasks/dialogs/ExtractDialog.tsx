/** Asks where archives are unpacked to, and how. */
import { Box, Button, Checkbox, Group, Modal, PasswordInput, ScrollArea, Select, Stack, Text } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { childUri, MY_ROOT, nameOf, parseUri } from "@/api/uri";
import type { Task } from "@/api/wire";
import { subfoldersQuery } from "@/shared/data/folder";
import { archiveStem, ENCODINGS, hasEncoding } from "@/shared/files/archives";
import { createFolder } from "@/shared/files/create";
import { FolderTree } from "@/shared/files/FolderTree";
import { errorText } from "@/shared/message";
import { shownName } from "@/ui/names";
import { unpackEach } from "../data/extract";
import { Listed } from "./Listed";

interface Props {
  /** Each becomes a task of its own. */
  archives: readonly string[];
  /** Where it begins to look. */
  folder: string;
  /** Paths in the only archive; without them all of it. */
  mask?: string[];
  encoding?: string;
  /** What of it is encrypted: asks for the password first. */
  locked?: "content" | "names" | "some";
  /** Into a folder of its own, unless that is changed. */
  own?: boolean;
  conflict?: Choice;
  done: (tasks?: Task[]) => void;
}

const CHOICES = ["skip", "rename", "overwrite"] as const;
type Choice = (typeof CHOICES)[number];

/** `plain` becomes `plain (1)`, and so does what only looks like the end of a name. */
const nameAt = (stem: string, copy: number) => (copy > 0 ? `${stem} (${copy})` : stem);

export default function ExtractDialog({ archives, folder, mask, encoding: given, locked, own = false, conflict: asked = "skip", done }: Props) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(archives);
  const [begun, setBegun] = useState<Task[]>([]);
  const names = left.map(nameOf);
  const [name = ""] = names;
  const many = left.length > 1;
  const stem = archiveStem(name);
  const [target, setTarget] = useState(parseUri(folder).fs === "my" ? folder : MY_ROOT);
  const [apart, setApart] = useState(own);
  const [encoding, setEncoding] = useState(given ?? "");
  const [password, setPassword] = useState("");
  const [conflict, setConflict] = useState<Choice>(asked);
  const [error, setError] = useState<string>();
  const there = useQuery(subfoldersQuery(target)).data?.map(({ name: each }) => each.toLowerCase()) ?? [];
  let copy = 0;
  while (there.includes(nameAt(stem, copy).toLowerCase())) copy += 1;
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const how = { encoding: encoding || undefined, password: password || undefined, conflict, file_mask: mask };
    // A folder of its own is made when its turn comes, and goes again if nothing comes of it.
    const { tasks, rest, error: caught } = await unpackEach(left, (archive) => ({
      ...how,
      dst: apart ? childUri(target, nameAt(archiveStem(nameOf(archive)), archive === left[0] ? copy : 0)) : target,
      new_folder: apart,
    }));
    if (rest.length === 0) return done([...begun, ...tasks]);
    // What has begun has begun: what is left is what could not.
    setBegun([...begun, ...tasks]);
    setLeft(rest);
    setError(errorText(caught));
    setBusy(false);
  };
  const close = () => done(begun);
  const title = mask ? "tasks.extract.someTitle" : many ? "tasks.extract.manyTitle" : "tasks.extract.title";
  return (
    <Modal opened onClose={close} title={t(title, { name: shownName(name), count: mask?.length ?? left.length })} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form onSubmit={(event) => void send(event)}>
        <Stack gap="sm">
          {(mask || many) && <Listed label={t("tasks.extract.what")} names={mask ?? names} />}
          <Group justify="space-between">
            <Text size="sm" fw={500}>
              {t("tasks.extract.into")}
            </Text>
            <Button size="compact-sm" variant="subtle" leftSection={<IconFolderPlus size={16} />} onClick={() => void createFolder(target)}>
              {t("files.newFolder")}
            </Button>
          </Group>
          <ScrollArea h={190} style={{ border: "1px solid var(--line)", borderRadius: 10 }}>
            <Box p={6}>
              <FolderTree current={target} onChoose={setTarget} label={t("tasks.extract.into")} />
            </Box>
          </ScrollArea>
          <Checkbox label={many ? t("tasks.extract.apartEach") : t("tasks.extract.apart", { name: shownName(nameAt(stem, copy)) })} data-autofocus={locked ? undefined : true} checked={apart} onChange={(event) => setApart(event.currentTarget.checked)} />
          <Select label={t("tasks.extract.conflict")} description={conflict === "rename" && t("tasks.extract.renameHint")} allowDeselect={false} value={conflict} onChange={(value) => setConflict((value ?? "skip") as Choice)} data={CHOICES.map((value) => ({ value, label: t(`tasks.extract.conflicts.${value}`) }))} />
          {names.some(hasEncoding) && (
            <Select
              label={t("viewers.encoding")}
              searchable
              allowDeselect={false}
              value={encoding}
              onChange={(value) => setEncoding(value ?? "")}
              data={[{ value: "", label: t("tasks.extract.automatic") }, ...ENCODINGS]}
            />
          )}
          <PasswordInput
            label={t(locked ? "tasks.compress.password" : "tasks.extract.password")}
            description={locked && t(`tasks.extract.locked.${locked}`)}
            required={!!locked}
            data-autofocus={locked ? true : undefined}
            visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
            autoComplete="off"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {error && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {error}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy}>
              {t("tasks.extract.begin")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
