import { Button, Center, Group, Loader, SimpleGrid, Text, Title, UnstyledButton } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { IconLock } from "@tabler/icons-react";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { shareUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { userQuery } from "@/shared/data/user";
import { FileIcon } from "@/shared/files/FileIcon";
import { formatDate, formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { useTitle } from "@/ui/title";
import { UserAvatar } from "@/shared/UserAvatar";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { profileSharesQuery } from "./data/shares";
import classes from "./profile.module.css";

export function ProfilePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id } = useParams({ from: "/shell/profile/$id" });
  const user = useQuery(userQuery(id));
  useTitle(user.data?.nickname);
  const query = useInfiniteQuery(profileSharesQuery(id, "created_at"));
  const shares = query.data?.pages.flatMap((page) => page.shares ?? []) ?? [];
  if (user.isPending)
    return (
      <Center h="60vh">
        <Loader role="status" aria-label={t("app.loading")} />
      </Center>
    );
  if (!user.data)
    return (
      <Center h="60vh" role="alert">
        <Text>{errorText(user.error)}</Text>
      </Center>
    );
  return (
    <ScrolledPage p={{ base: "md", sm: "xl" }}>
      <Group mb="xl" wrap="nowrap">
        <UserAvatar user={user.data} size={72} />
        <div>
          <Title order={1} size="h3" style={{ overflowWrap: "anywhere" }}>
            {user.data.nickname}
          </Title>
          <Text c="dimmed">{t("shares.since", { time: formatDate(user.data.created_at) })}</Text>
        </div>
      </Group>
      <Title order={2} size="h5" mb="sm">
        {t("shares.title")}
      </Title>
      {shares.length === 0 && <Text c="dimmed">{query.isPending ? t("app.loading") : t("shares.noneHere")}</Text>}
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3, xl: 4 }} spacing="sm">
        {shares.map((share) => (
          <UnstyledButton
            key={share.id}
            className={classes.share}
            disabled={share.expired}
            onClick={() => void navigate({ to: "/home", search: { path: shareUri(share.id) } })}
          >
            <FileIcon file={{ type: share.source_type, name: share.name } as FileItem} size={30} />
            <div style={{ minWidth: 0 }}>
              <Text fw={550} truncate>
                {shownName(share.name)} {share.password_protected && <IconLock size={14} aria-label={t("shares.withPassword")} />}
              </Text>
              <Text size="sm" c="dimmed">
                {share.expired ? t("shares.expired") : formatTime(share.created_at)}
              </Text>
            </div>
          </UnstyledButton>
        ))}
      </SimpleGrid>
      {query.hasNextPage && (
        <Button mt="md" variant="default" onClick={() => void query.fetchNextPage()}>
          {t("app.more")}
        </Button>
      )}
    </ScrolledPage>
  );
}
