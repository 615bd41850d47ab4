/** A form of the console, made of a description of its fields. */
import { Alert, Button, Group, NumberInput, PasswordInput, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { ByteInput } from "./ByteInput";
import { RuleInput } from "./RuleInput";

export type Values = Record<string, string | number | boolean>;

export interface Field {
  /** Named by the texts “fields”, with a hint in the texts “hints” if there is one. */
  name: string;
  kind: "text" | "secret" | "number" | "bytes" | "flag" | "choice" | "lines" | "rule";
  choices?: { value: string; label: string }[];
  required?: boolean;
  /** Instead of the usual label. */
  label?: string;
  /** Without its hint, which does not fit here. */
  plain?: boolean;
}

interface Props {
  fields: Field[];
  values: Values;
  action: string;
  submit: (values: Values) => Promise<unknown>;
}

export function Form({ fields, values, action, submit }: Props) {
  const [now, setNow] = useState(values);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await submit(now);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Stack gap="sm">
        <Fields fields={fields} values={now} set={(name, value) => setNow((before) => ({ ...before, [name]: value }))} />
        {error !== undefined && (
          <Alert color="red" role="alert">
            {errorText(error)}
          </Alert>
        )}
        <Group justify="end">
          <Button type="submit" loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface FieldsProps {
  fields: Field[];
  values: Values;
  set: (name: string, value: Values[string]) => void;
}

export const Fields = ({ fields, values, set }: FieldsProps) => (
  <Stack gap="sm">
    {fields.map((field) => (
      <OneField key={field.name} field={field} value={values[field.name] ?? ""} set={(value) => set(field.name, value)} />
    ))}
  </Stack>
);

interface FieldProps {
  field: Field;
  value: string | number | boolean;
  set: (value: string | number | boolean) => void;
}

function OneField({ field: { name, kind, choices, required, plain, label }, value, set }: FieldProps) {
  const { t, i18n } = useTranslation();
  const hint = !plain && i18n.exists(`admin.hints.${name}`) ? t(`admin.hints.${name}`) : undefined;
  const said = { label: label ?? t(`admin.fields.${name}`), description: hint, required };
  switch (kind) {
    case "flag":
      return <Switch label={said.label} description={hint} checked={value === true} onChange={({ currentTarget }) => set(currentTarget.checked)} />;
    case "number":
      return <NumberInput {...said} value={Number(value)} min={0} allowDecimal={false} onChange={(number) => set(Number(number) || 0)} />;
    case "bytes":
      return <ByteInput {...said} value={Number(value)} onChange={set} />;
    case "choice":
      return <Select {...said} data={choices} value={String(value)} allowDeselect={false} onChange={(choice) => set(choice ?? "")} />;
    case "secret":
      return <PasswordInput {...said} value={String(value)} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} onChange={({ currentTarget }) => set(currentTarget.value)} />;
    case "rule":
      return <RuleInput {...said} value={String(value)} onChange={set} />;
    case "lines":
      return <Textarea {...said} value={String(value)} autosize minRows={2} maxRows={10} onChange={({ currentTarget }) => set(currentTarget.value)} />;
    default:
      return <TextInput {...said} value={String(value)} autoComplete="off" onChange={({ currentTarget }) => set(currentTarget.value)} />;
  }
}
