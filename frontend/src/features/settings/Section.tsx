import { Divider, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./settings.module.css";

export function Section({ title, hint, children }: { title: string; hint?: string; children: ReactNode }) {
  return (
    <Stack gap="sm" component="section" mb="xl" className={classes.section}>
      <div>
        <Title order={2} size="h5">
          {title}
        </Title>
        {hint && (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
      </div>
      {children}
      <Divider mt="sm" />
    </Stack>
  );
}
