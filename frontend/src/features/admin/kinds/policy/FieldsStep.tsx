/** A step of the wizard that asks something. */
import { Button, Group, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Fields } from "../../form/Fields";
import { isWrong, type Value, type Values } from "../../form/types";
import type { PolicyField } from "./fields";

interface Props {
  fields: PolicyField[];
  values: Values;
  set: (name: string, value: Value) => void;
  back: () => void;
  next: () => void;
  /** Nothing can be answered without what is missing. */
  missing?: ReactNode;
}

export function FieldsStep({ fields, values, set, back, next, missing }: Props) {
  const { t } = useTranslation();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong(fields, values)) next();
      }}
    >
      <Stack>
        {missing}
        <Fields fields={fields} values={values} set={set} />
        <Group justify="space-between">
          <Button variant="default" onClick={back}>
            {t("admin.policy.back")}
          </Button>
          <Button type="submit" disabled={Boolean(missing)}>
            {t("admin.policy.next")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
