/** What the server does for somebody in the background. */
import { Box, Tabs, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
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
            <TaskList category="general" label={t("tasks.tabs.general")} empty={{ title: t("tasks.none"), hint: t("tasks.noneHint") }} />
          </Tabs.Panel>
          <Tabs.Panel value="downloads">
            <Downloads />
          </Tabs.Panel>
        </Tabs>
      </Box>
    </ScrolledPage>
  );
}

/** First what goes on, then what has ended. */
function Downloads() {
  const { t } = useTranslation();
  const going = useInfiniteQuery(tasksQuery("downloading"));
  const some = !!going.data?.pages.some((page) => page.tasks.length > 0);
  return (
    <>
      {some && (
        <Title order={2} size="h5" mb="sm">
          {t("tasks.downloading")}
        </Title>
      )}
      <TaskList category="downloading" label={t("tasks.downloading")} />
      {some && (
        <Title order={2} size="h5" mt="xl" mb="sm">
          {t("tasks.downloaded")}
        </Title>
      )}
      <TaskList category="downloaded" label={t("tasks.downloaded")} empty={some ? undefined : { title: t("tasks.noDownloads"), hint: t("tasks.noDownloadsHint") }} />
    </>
  );
}
