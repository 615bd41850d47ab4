/** How blobs are named: a text with variables, which can be put in, and what comes of it. */
import { ActionIcon, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconVariable } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { example, VARIABLES } from "./variables";

interface Props {
  label: string;
  description?: string;
  required?: boolean;
  value: string;
  onChange: (value: string) => void;
}

export function RuleInput({ value, onChange, ...said }: Props) {
  const { t } = useTranslation();
  const insert = (
    <Menu width={320} position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" aria-label={t("admin.insertVariable", { label: said.label })}>
          <IconVariable size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
        {VARIABLES.map((name) => (
          <Menu.Item key={name} onClick={() => onChange(`${value}{${name}}`)}>
            <Text size="sm" ff="monospace">{`{${name}}`}</Text>
            <Text size="xs" c="dimmed">
              {t(`admin.variables.${name}`)}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
  return (
    <Stack gap={4}>
      <TextInput {...said} value={value} autoComplete="off" onChange={({ currentTarget }) => onChange(currentTarget.value)} rightSection={insert} />
      {value && (
        <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {t("admin.forExample", { text: example(value) })}
        </Text>
      )}
    </Stack>
  );
}
