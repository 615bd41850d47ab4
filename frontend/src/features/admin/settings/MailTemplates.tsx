/** A letter in every language: its subject, its body, and what its reader sees. */
import { Fieldset, JsonInput, SegmentedControl, Stack, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { LetterPreview } from "./LetterPreview";
import { type Template, templatesOf, textOf } from "./templates";

interface Props {
  label: string;
  description?: string;
  value: string;
  change: (value: string) => void;
  /** What another setting is now. */
  read: (key: string) => string;
}

export function MailTemplates({ label, description, value, change, read }: Props) {
  const { t } = useTranslation();
  const [asText, setAsText] = useState(false);
  const [shown, setShown] = useState("0");
  const templates = useMemo(() => templatesOf(value), [value]);
  const edit = (at: number, changed: Partial<Template>) => templates && change(textOf(templates.map((one, index) => (index === at ? { ...one, ...changed } : one)), value));
  const ways = (["letters", "json"] as const).map((way) => ({ value: way, label: t(`admin.ways.${way}`) }));
  const isText = asText || !templates;
  const tab = templates?.[Number(shown)] ? shown : "0";
  return (
    <Fieldset legend={label} p={{ base: "xs", sm: "md" }} styles={{ legend: { fontWeight: 600, fontSize: "var(--mantine-font-size-sm)" } }}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {description}
        </Text>
        <SegmentedControl size="xs" style={{ alignSelf: "start" }} aria-label={t("admin.writtenAs", { label })} data={ways} value={isText ? "json" : "letters"} disabled={!templates} onChange={(way) => setAsText(way === "json")} />
        {isText ? (
          <JsonInput aria-label={label} value={value} autosize minRows={2} maxRows={16} onChange={change} />
        ) : (
          <Tabs value={tab} onChange={(next) => setShown(next ?? "0")} keepMounted={false}>
            {/* By place: two may be of one language. */}
            <Tabs.List aria-label={t("admin.languagesOf", { label })}>
              {templates.map(({ language }, at) => (
                <Tabs.Tab key={at} value={String(at)} px="xs">
                  {language}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {templates.map((template, at) => (
              <Tabs.Panel key={at} value={String(at)} pt="sm">
                <Letter template={template} edit={(changed) => edit(at, changed)} read={read} />
              </Tabs.Panel>
            ))}
          </Tabs>
        )}
      </Stack>
    </Fieldset>
  );
}

interface LetterProps {
  template: Template;
  edit: (changed: Partial<Template>) => void;
  read: (key: string) => string;
}

function Letter({ template, edit, read }: LetterProps) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm">
      <TextInput label={t("admin.letterTitle")} value={template.title} autoComplete="off" onChange={({ currentTarget }) => edit({ title: currentTarget.value })} />
      <Textarea
        label={t("admin.letterBody")}
        value={template.body}
        autosize
        minRows={4}
        maxRows={12}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "var(--mantine-font-size-xs)" } }}
        onChange={({ currentTarget }) => edit({ body: currentTarget.value })}
      />
      <LetterPreview template={template} read={read} />
    </Stack>
  );
}
