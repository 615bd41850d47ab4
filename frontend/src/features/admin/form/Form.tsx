/** A form of the console, made of a description of its fields. */
import { Alert, Button, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { refusal } from "../refusal";
import { Fields } from "./Fields";
import { inWords } from "./named";
import { type Field, isWrong, type Values } from "./types";

export type { Field, Values } from "./types";

interface Props {
  fields: Field[];
  values: Values;
  action: string;
  /** Whether what stands beside the form was changed. If it is said, nothing is sent until something has changed. */
  touched?: boolean;
  submit: (values: Values) => Promise<unknown>;
}

/** Whether something is not as it was. */
export const isChanged = (before: Values, now: Values) => Object.keys(now).some((name) => now[name] !== before[name]);

export function Form({ fields, values, action, touched, submit }: Props) {
  const { t } = useTranslation();
  const [now, setNow] = useState(values);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const send = async () => {
    // What is wrong says so beside its input.
    if (isWrong(fields, now)) return setError(t("admin.mendFields"));
    setBusy(true);
    setError("");
    try {
      await submit(now);
    } catch (caught) {
      setError(inWords(refusal(caught), fields));
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
        {error && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <Group justify="end">
          <Button type="submit" loading={busy} disabled={touched === false && !isChanged(values, now)}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
