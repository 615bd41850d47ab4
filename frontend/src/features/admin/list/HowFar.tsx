/** How far a task is, part by part. */
import { Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { progressQuery } from "../data/tasks";
import { word } from "../words";

export function HowFar({ id }: { id: string }) {
  const { data = {} } = useQuery(progressQuery(id));
  return (
    <Stack gap="xs">
      {Object.entries(data).map(([part, { current, total, identifier }]) => (
        <div key={part}>
          <Text size="xs">{identifier || word(part)}</Text>
          <Progress value={total ? (current / total) * 100 : 100} animated={!total} aria-label={word(part)} />
        </div>
      ))}
    </Stack>
  );
}
