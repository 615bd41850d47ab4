/** Questions before something happens that cannot be taken back. */
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import ConfirmDialog from "@/shared/ConfirmDialog";
import { ask } from "@/ui/dialogs";

export const sure = async (title: string, text: string, danger?: boolean) =>
  Boolean(await ask<boolean>((done) => <ConfirmDialog title={title} text={text} action={title} danger={danger} done={done} />));

/** The same, and whoever agrees has to write the name of what goes. */
export const askName = async (title: string, text: string, name: string) =>
  Boolean(await ask<boolean>((done) => <NameDialog title={title} text={text} name={name} done={done} />));

interface Props {
  title: string;
  text: string;
  name: string;
  done: (yes?: boolean) => void;
}

function NameDialog({ title, text, name, done }: Props) {
  const { t } = useTranslation();
  const [written, setWritten] = useState("");
  const isRight = written.trim() === name.trim();
  return (
    <Modal opened onClose={() => done()} title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight) done(true);
        }}
      >
        <Stack>
          <Text style={{ overflowWrap: "anywhere" }}>{text}</Text>
          <TextInput label={t("admin.writeName", { name })} value={written} onChange={({ currentTarget }) => setWritten(currentTarget.value)} data-autofocus autoComplete="off" />
          <Group justify="end">
            <Button variant="default" onClick={() => done()}>
              {t("app.cancel")}
            </Button>
            <Button type="submit" color="red.9" disabled={!isRight}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
