import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ask } from "@/ui/dialogs";
import { type Field, Form, type Values } from "./Form";

interface Asked {
  title: string;
  fields: Field[];
  values: Values;
  action: string;
  submit: (values: Values) => Promise<unknown>;
}

/** Opens a form; resolves to whether it was sent. */
export const askForm = async (asked: Asked) => Boolean(await ask<boolean>((done) => <FormDialog {...asked} done={done} />));

function FormDialog({ title, submit, done, ...form }: Asked & { done: (sent?: boolean) => void }) {
  const { t } = useTranslation();
  const send = async (values: Values) => {
    await submit(values);
    done(true);
  };
  return (
    <Modal opened onClose={() => done()} title={title} size="lg" closeButtonProps={{ "aria-label": t("app.close") }}>
      <Form {...form} submit={send} />
    </Modal>
  );
}
