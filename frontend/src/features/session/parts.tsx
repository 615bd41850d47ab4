import { ActionIcon, type ActionIconProps, Alert, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle, IconLanguage } from "@tabler/icons-react";
import { forwardRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { useTitle } from "@/ui/title";

export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  useTitle(title);
  return (
    <Stack gap={4} mb="lg">
      <Title order={1} fz={26} lts="-0.015em">
        {title}
      </Title>
      {children && <Text c="dimmed">{children}</Text>}
    </Stack>
  );
}

/** Alone until its menu has been loaded. */
export const LanguageButton = forwardRef<HTMLButtonElement, ActionIconProps>((props, ref) => {
  const { t } = useTranslation();
  return (
    <ActionIcon ref={ref} size="lg" aria-label={t("app.language")} {...props}>
      <IconLanguage size={20} />
    </ActionIcon>
  );
});

/** What went wrong, in words for the reader already. */
export class SaidError extends Error {}

export function Failure({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert">
      <Text size="sm" c="var(--mantine-color-error)">
        {error instanceof SaidError ? error.message : errorText(error)}
      </Text>
    </Alert>
  );
}
