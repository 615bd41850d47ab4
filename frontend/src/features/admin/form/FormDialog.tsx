import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { showTrouble } from "@/shared/message";
import { ask } from "@/ui/dialogs";
import { type Checked, Saved } from "./Saved";
import { type Field, Form, type Values } from "./Form";

interface Asked {
  title: string;
  fields: Field[];
  values: Values;
  action: string;
  submit: (values: Values) => Promise<unknown>;
  /** Whether what was sent is of use, as far as it can be found out once it is saved. */
  check?: (values: Values) => Checked | undefined;
}

/** Opens a form; resolves to whether it was sent. */
export const askForm = async (asked: Asked) => Boolean(await ask<boolean>((done) => <FormDialog {...asked} done={done} />));

function FormDialog({ title, submit, check, done, ...form }: Asked & { done: (sent?: boolean) => void }) {
  const { t } = useTranslation();
  const [checked, setChecked] = useState<Checked>();
  // Once it was saved it stays so, also if a later change of it is refused.
  const [saved, setSaved] = useState(false);
  const close = () => {
    // Whoever does not wait for it is told wherever they are by then.
    if (checked && !checked.isKnown()) void checked.answer.catch(({ message }: Error) => showTrouble(`${checked.says.fails}: ${message}`));
    done(saved || undefined);
  };
  const send = async (values: Values) => {
    setChecked(undefined);
    await submit(values);
    setSaved(true);
    const now = check?.(values);
    if (!now) return done(true);
    setChecked(now);
  };
  return (
    <Modal opened onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": t("app.close") }}>
      <Form {...form} action={saved ? t("admin.save") : form.action} submit={send} />
      {checked && <Saved key={checked.number} checked={checked} close={close} />}
    </Modal>
  );
}
