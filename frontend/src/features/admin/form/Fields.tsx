/** The inputs of a form, made of descriptions. */
import { Checkbox, NumberInput, PasswordInput, Stack, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ByteInput } from "./ByteInput";
import { ChoiceInput } from "./ChoiceInput";
import { type Field, type InputProps, isNegative, MINUS, type Said, type Value, type Values } from "./types";

interface Props {
  fields: Field[];
  values: Values;
  set: (name: string, value: Value) => void;
}

export function Fields({ fields, values, set }: Props) {
  const { t } = useTranslation();
  const shown = fields.filter(({ when }) => when?.(values) ?? true);
  return (
    <Stack gap="sm">
      {shown.map((field, at) => (
        <Stack key={field.name} gap="sm">
          {field.section && field.section !== shown[at - 1]?.section && (
            <Text component="h3" fw={600} size="sm" mt={at > 0 ? "sm" : 0}>
              {t(`admin.fieldSections.${field.section}`)}
            </Text>
          )}
          <OneField field={field} values={values} set={(value) => set(field.name, value)} />
          {field.Below && <field.Below values={values} />}
        </Stack>
      ))}
    </Stack>
  );
}

function OneField({ field, values, set }: { field: Field; values: Values; set: (value: Value) => void }) {
  const { t, i18n } = useTranslation();
  const key = field.said ?? field.name;
  const hint = !field.plain && i18n.exists(`admin.hints.${key}`) ? t(`admin.hints.${key}`) : undefined;
  const said: Said = { label: t(`admin.fields.${key}`), description: hint, placeholder: field.placeholder, required: field.required, error: field.check?.(values) ?? (isNegative(field, values[field.name]) ? t("admin.atLeast", { least: 0 }) : undefined) };
  const Input = field.Input;
  const props = { said, value: values[field.name] ?? "", set };
  return Input ? <Input {...props} /> : <Plain field={field} {...props} />;
}

/** What was pasted, or never ended with a comma, is several, too. */
const split = (text: string) => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

function Plain({ field: { kind, choices, decimal }, said, value, set }: InputProps & { field: Field }) {
  const { t } = useTranslation();
  switch (kind) {
    case "flag":
      return <Switch label={said.label} description={said.description} checked={value === true} onChange={({ currentTarget }) => set(currentTarget.checked)} />;
    case "check":
      return <Checkbox label={said.label} description={said.description} checked={value === true} onChange={({ currentTarget }) => set(currentTarget.checked)} />;
    case "number":
      return <NumberInput {...said} value={value === MINUS ? MINUS : Number(value)} min={0} clampBehavior="none" allowDecimal={Boolean(decimal)} onChange={(number) => set(number === MINUS ? MINUS : Number(number) || 0)} />;
    case "bytes":
      return <ByteInput {...said} value={value} onChange={set} />;
    case "choice":
      return <ChoiceInput said={said} value={value} set={set} choices={choices ?? []} />;
    case "secret":
      return <PasswordInput {...said} value={String(value)} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} onChange={({ currentTarget }) => set(currentTarget.value)} />;
    case "lines":
      return <Textarea {...said} value={String(value)} autosize minRows={2} maxRows={10} onChange={({ currentTarget }) => set(currentTarget.value)} />;
    case "tags":
      return <TagsInput {...said} value={split(String(value))} splitChars={[",", ";", " "]} acceptValueOnBlur onChange={(tags) => set(split(tags.join(" ")).join("\n"))} />;
    default:
      return <TextInput {...said} value={String(value)} autoComplete="off" onChange={({ currentTarget }) => set(currentTarget.value)} />;
  }
}
