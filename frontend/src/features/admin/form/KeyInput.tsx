/** A key that both sides have to know: drawn here, and copied to the other side. */
import { ActionIcon, CopyButton, Group, PasswordInput } from "@mantine/core";
import { IconCheck, IconCopy, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { InputProps } from "./types";

const KEY_BYTES = 32;

/** 64 characters. */
export const drawKey = () => Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function KeyInput({ said, value, set }: InputProps) {
  const { t } = useTranslation();
  return (
    <Group gap="xs" align="end" wrap="nowrap">
      <PasswordInput {...said} style={{ flex: 1 }} value={String(value)} autoComplete="new-password" visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }} onChange={({ currentTarget }) => set(currentTarget.value)} />
      <CopyButton value={String(value)}>
        {({ copied, copy }) => {
          const label = t(copied ? "admin.copied" : "admin.copy");
          return (
            <ActionIcon size={36} variant="default" aria-label={label} title={label} onClick={copy}>
              {copied ? <IconCheck size={18} /> : <IconCopy size={18} />}
            </ActionIcon>
          );
        }}
      </CopyButton>
      <ActionIcon size={36} variant="default" aria-label={t("admin.newKey")} title={t("admin.newKey")} onClick={() => set(drawKey())}>
        <IconRefresh size={18} />
      </ActionIcon>
    </Group>
  );
}
