import { Group, Text } from "@mantine/core";
import { useConfig } from "@/api/config";

/** The site's name and mark. */
export function Brand({ size = 30 }: { size?: number }) {
  const title = useConfig("basic")?.title ?? "Alcove";
  return (
    <Group gap={10} wrap="nowrap">
      <Mark size={size} />
      <Text fw={680} fz={size * 0.62} lts="-0.01em" truncate>
        {title}
      </Text>
    </Group>
  );
}

/** Drawn in the accent colour, so that it belongs to the theme in use. */
export function Mark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden focusable="false" style={{ flex: "none" }}>
      <rect width="64" height="64" rx="16" fill="var(--mantine-primary-color-filled)" />
      <path d="M14 50V31a18 18 0 0 1 36 0v19h-9V31a9 9 0 0 0-18 0v19z" fill="#fff" />
      <path d="M27 50V33a5 5 0 0 1 10 0v17z" fill="#fff" opacity=".55" />
    </svg>
  );
}
