/** One of several things of an account, with what ends it. */
import { Badge, Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  icon: ReactNode;
  title: string;
  detail: string;
  mark?: string;
  action?: string;
  /** Names what the action is for, where several stand one below the other. */
  label?: string;
  onAction?: () => void;
}

export function Row({ icon, title, detail, mark, action, label, onAction }: Props) {
  return (
    <Group wrap="nowrap" gap="md">
      <span aria-hidden style={{ display: "flex", flex: "none", color: "var(--mantine-color-dimmed)" }}>
        {icon}
      </span>
      <div style={{ flex: 1, minWidth: 0 }}>
        <Group gap={8}>
          <Text style={{ overflowWrap: "anywhere" }}>{title}</Text>
          {mark && (
            <Badge variant="light" tt="none" color="teal" c="var(--mantine-color-text)">
              {mark}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {detail}
        </Text>
      </div>
      {action && (
        <Button variant="default" size="xs" aria-label={label} onClick={onAction} style={{ flex: "none" }}>
          {action}
        </Button>
      )}
    </Group>
  );
}
