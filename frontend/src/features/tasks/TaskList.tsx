import { Button, Center, Loader, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { IconChecklist } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { type Category, type Standing, tasksQuery } from "./data/tasks";
import { TaskRow } from "./TaskRow";
import classes from "./tasks.module.css";

interface Props {
  category: Category;
  label: string;
  /** Which of them; without it all. */
  only?: Standing;
  /** What another list of the page has already. */
  without?: ReadonlySet<string>;
  /** What stands where there are none; without it nothing does. */
  empty?: { title: string; hint: string };
}

/** One of the lists, page after page. The task that is open is in the address. */
export function TaskList({ category, label, only, without, empty }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { task: opened } = useSearch({ strict: false }) as { task?: string };
  const query = useInfiniteQuery(tasksQuery(category, only));
  const all = query.data?.pages.flatMap((page) => page.tasks) ?? [];
  const tasks = without ? all.filter(({ id }) => !without.has(id)) : all;
  if (query.isPending)
    return (
      <Center h={120}>
        <Loader role="status" aria-label={t("app.loading")} />
      </Center>
    );
  if (query.error && tasks.length === 0)
    return (
      <Stack align="start" role="alert">
        <Text>{errorText(query.error)}</Text>
        <Button variant="default" onClick={() => void query.refetch()}>
          {t("app.tryAgain")}
        </Button>
      </Stack>
    );
  if (tasks.length === 0 && !query.hasNextPage)
    return empty ? (
      <Center h="40vh">
        <Stack align="center" gap="xs" ta="center">
          <IconChecklist size={54} stroke={1.1} color="var(--mantine-color-dimmed)" aria-hidden />
          <Text fw={600}>{empty.title}</Text>
          <Text c="dimmed" maw={440}>
            {empty.hint}
          </Text>
        </Stack>
      </Center>
    ) : null;
  const toggle = (id: string) => void navigate({ to: "/tasks", search: (last) => ({ ...last, task: opened === id ? undefined : id }), replace: true });
  return (
    <>
      <ul className={classes.list} aria-label={label}>
        {tasks.map((task) => (
          <TaskRow key={task.id} task={task} opened={opened === task.id} onToggle={() => toggle(task.id)} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t("app.more")}
          </Button>
        </Center>
      )}
    </>
  );
}
