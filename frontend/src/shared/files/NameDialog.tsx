import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { forbiddenIn, isReserved } from "@/ui/names";
import { errorText, isNoFaultOfInput } from "../message";

interface Props {
  title: string;
  label: string;
  initial: string;
  /** Selects the name without its extension, which is rarely meant to change. */
  stemOnly?: boolean;
  action: string;
  submit: (name: string) => Promise<FileItem>;
  done: (answer?: FileItem) => void;
}

const LONGEST_BYTES = 255;

export default function NameDialog({ title, label, initial, stemOnly, action, submit, done }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(initial);
  const [error, setError] = useState<string>();
  const [general, setGeneral] = useState<string>();
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const dot = stemOnly ? initial.lastIndexOf(".") : -1;
    const timer = setTimeout(() => {
      input.current?.focus();
      input.current?.setSelectionRange(0, dot > 0 ? dot : initial.length);
    });
    return () => clearTimeout(timer);
  }, [initial, stemOnly]);

  const wrong = forbiddenIn(name)
    ? t("files.badCharacters")
    : new TextEncoder().encode(name).length > LONGEST_BYTES
      ? t("files.nameTooLong")
      : isReserved(name)
        ? t("files.badName")
        : undefined;

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (wrong || !name) return;
    setBusy(true);
    setGeneral(undefined);
    try {
      done(await submit(name));
    } catch (caught) {
      (isNoFaultOfInput(caught) ? setGeneral : setError)(errorText(caught));
      setBusy(false);
    }
  };

  return (
    <Modal opened onClose={() => done()} title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form onSubmit={(event) => void send(event)}>
        <Stack>
          <TextInput
            ref={input}
            label={label}
            value={name}
            data-autofocus
            error={wrong ?? error}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setError(undefined);
            }}
          />
          {general && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {general}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" loading={busy} disabled={!name || !!wrong}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
