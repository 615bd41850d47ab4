/** What the server does for somebody in the background. */
import { Box, Tabs, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/query-client";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import { tasksQuery } from "./data/tasks";
import { TaskList } from "./TaskList";

const TABS = ["general", "downloads"] as const;

export function TasksPage() {
  const { t } = useTranslation();
  useTitle(t("tasks.title"));
  const navigate = useNavigate();
  const { tab } = useSearch({ strict: false }) as { tab?: string };
  const shown = tab === "downloads" ? "downloads" : "general";
  return (
    <ScrolledPage p={{ base: "md", sm: "xl" }}>
      <Box maw={900}>
        <Title order={1} size="h3" mb="md">
          {t("tasks.title")}
        </Title>
        <Tabs value={shown} keepMounted={false} onChange={(value) => void navigate({ to: "/tasks", search: { tab: value === "downloads" ? value : undefined } })}>
          <Tabs.List mb="lg">
            {TABS.map((value) => (
              <Tabs.Tab key={value} value={value}>
                {t(`tasks.tabs.${value}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="general">
            <Works />
          </Tabs.Panel>
          <Tabs.Panel value="downloads">
            <Downloads />
          </Tabs.Panel>
        </Tabs>
      </Box>
    </ScrolledPage>
  );
}

/** Work on files: first what goes on, then what has ended. What ends is in one of the lists at any time. */
function Works() {
  const { t } = useTranslation();
  const ended = useIds(tasksQuery("general", "ended"));
  const going = useIds(tasksQuery("general", "active"));
  const some = going.size > 0;
  const list = [...going].join();
  useEffect(() => {
    // What is not there any more has ended.
    void list;
    void queryClient.invalidateQueries({ queryKey: tasksQuery("general", "ended").queryKey });
  }, [list]);
  return (
    <>
      {some && <Heading>{t("tasks.downloading")}</Heading>}
      <TaskList category="general" only="active" without={ended} label={t("tasks.downloading")} />
      {some && <Heading below>{t("tasks.downloaded")}</Heading>}
      <TaskList category="general" only="ended" label={t("tasks.tabs.general")} empty={some ? undefined : { title: t("tasks.none"), hint: t("tasks.noneHint") }} />
    </>
  );
}

function useIds(query: ReturnType<typeof tasksQuery>): ReadonlySet<string> {
  const { data } = useInfiniteQuery(query);
  return useMemo(() => new Set(data?.pages.flatMap((page) => page.tasks.map(({ id }) => id))), [data]);
}

function Heading({ below, children }: { below?: boolean; children: string }) {
  return (
    <Title order={2} size="h5" mt={below ? "xl" : undefined} mb="sm">
      {children}
    </Title>
  );
}

/** First what goes on, then what has ended. */
function Downloads() {
  const { t } = useTranslation();
  const going = useInfiniteQuery(tasksQuery("downloading"));
  const some = !!going.data?.pages.some((page) => page.tasks.length > 0);
  return (
    <>
      {some && <Heading>{t("tasks.downloading")}</Heading>}
      <TaskList category="downloading" label={t("tasks.downloading")} />
      {some && <Heading below>{t("tasks.downloaded")}</Heading>}
      <TaskList category="downloaded" label={t("tasks.downloaded")} empty={some ? undefined : { title: t("tasks.noDownloads"), hint: t("tasks.noDownloadsHint") }} />
    </>
  );
}
