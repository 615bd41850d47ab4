/** A naming rule, and a menu of the variables that can stand in it. */
import { ActionIcon, Code, Menu, Text, TextInput } from "@mantine/core";
import { IconBraces } from "@tabler/icons-react";
import { Fragment, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { InputProps } from "../../form/types";
import classes from "../../admin.module.css";
import { CHAPTERS } from "./variables";

export function RuleInput({ said, value, set }: InputProps) {
  const input = useRef<HTMLInputElement>(null);
  const insert = (name: string) => {
    const field = input.current;
    if (!field) return;
    const written = `{${name}}`;
    const [from, to] = [field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length];
    set(field.value.slice(0, from) + written + field.value.slice(to));
    // The menu gives the focus back first.
    setTimeout(() => {
      field.focus();
      field.setSelectionRange(from + written.length, from + written.length);
    });
  };
  return (
    <TextInput
      {...said}
      ref={input}
      value={String(value)}
      autoComplete="off"
      spellCheck={false}
      inputWrapperOrder={["label", "description", "input", "error"]}
      onChange={({ currentTarget }) => set(currentTarget.value)}
      rightSection={<Variables of={said.label} insert={insert} />}
    />
  );
}

function Variables({ of, insert }: { of: string; insert: (name: string) => void }) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end" width={360} returnFocus={false}>
      <Menu.Target>
        <ActionIcon aria-label={t("admin.policy.insert", { of })} title={t("admin.policy.insert", { of })}>
          <IconBraces size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown className={classes.variables}>
        {CHAPTERS.map(({ id, variables }) => (
          <Fragment key={id}>
            <Menu.Label>{t(`admin.policy.chapters.${id}`)}</Menu.Label>
            {variables.map(({ name }) => (
              <Menu.Item key={name} onClick={() => insert(name)}>
                <Code>{`{${name}}`}</Code>
                <Text size="xs" mt={2}>
                  {t(`admin.policy.variables.${name}`)}
                </Text>
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
