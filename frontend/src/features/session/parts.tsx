import { Alert, Stack, Text, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { errorText } from "@/ui/message";

export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Stack gap={4} mb="lg">
      <Title order={1} fz={26} lts="-0.015em">
        {title}
      </Title>
      {children && <Text c="dimmed">{children}</Text>}
    </Stack>
  );
}

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
