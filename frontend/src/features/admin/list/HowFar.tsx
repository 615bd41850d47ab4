/** How far a task is, part by part. */
import { Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { amountOf, nameOfPart, partsThatSay } from "@/shared/task-parts";
import { fetchedOf } from "@/shared/task-standing";
import { progressQuery, type TaskRow } from "../data/tasks";

export function HowFar({ row }: { row: TaskRow }) {
  // Whoever fetches something tells of that itself.
  const fetched = fetchedOf(row);
  const { data = {} } = useQuery({ ...progressQuery(row.task_hash_id), enabled: !fetched });
  return (
    <Stack gap="xs">
      {partsThatSay(fetched ?? data).map(([key, part]) => {
        const name = nameOfPart(key, part);
        return (
          <div key={key}>
            <Text size="xs" style={{ overflowWrap: "anywhere" }}>
              {[name, amountOf(key, part)].filter(Boolean).join(" · ")}
            </Text>
            <Progress value={part.total > 0 ? Math.min(100, (part.current / part.total) * 100) : 100} animated={part.total <= 0} aria-label={name} />
          </div>
        );
      })}
    </Stack>
  );
}
