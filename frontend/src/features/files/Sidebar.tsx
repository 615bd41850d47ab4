import { Badge, NavLink, Progress, ScrollArea, Text, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  IconChecklist,
  IconDeviceLaptop,
  IconFileText,
  IconMusic,
  IconPhoto,
  IconPin,
  IconShare3,
  IconTrash,
  IconUsers,
  IconVideo,
} from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { SideLink } from "@/ui/side-link";
import { May } from "@/api/bits";
import { useAccount, useMay } from "@/api/use-account";
import { searchOf, searchUri } from "@/api/search";
import { MY_ROOT, nameOf, SHARED_WITH_ME, TRASH_ROOT } from "@/api/uri";
import { useConfig } from "@/api/config";
import { formatBytes } from "@/ui/format";
import { shownName } from "@/ui/names";
import { capacityQuery } from "@/shared/data/capacity";
import { dropUpload } from "@/shared/files/uploads";
import { useDrop } from "./drag";
import { FolderTree } from "@/shared/files/FolderTree";
import { useFreshlyReceived } from "./use-received-notice";
import classes from "./sidebar.module.css";

const CATEGORIES = [
  ["image", IconPhoto],
  ["video", IconVideo],
  ["audio", IconMusic],
  ["document", IconFileText],
] as const;

export function Sidebar() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const account = useAccount();
  const { path } = useSearch({ strict: false }) as { path?: string };
  const inFiles = location.pathname === "/home";
  const here = inFiles ? (path ?? MY_ROOT) : "";
  const mayShare = useMay(May.share);
  const mayDav = useMay(May.webdav);
  const drop = useDrop((event, uri) => dropUpload(event, uri));
  const extra = useConfig("basic")?.custom_nav_items as { name: string; url: string }[] | undefined;
  const place = (uri: string) => ({ to: "/home" as const, search: { path: uri }, active: here === uri, className: classes.link });

  return (
    <div className={classes.holder}>
      <nav aria-label={t("app.places")} className={classes.nav}>
        <ScrollArea className={classes.folders} type="hover" px={10}>
          <FolderTree
            // A category is a place of its own.
            current={here && !searchOf(here)?.category ? (here.split("?")[0] ?? "") : ""}
            label={t("files.folders")}
            onChoose={(uri) => void navigate({ to: "/home", search: { path: uri } })}
            dropOn={drop}
          />
          {!!account?.user.pined?.length && (
            <>
              <Label>{t("files.pinned")}</Label>
              {account.user.pined.map((pin) => (
                <SideLink key={pin.uri} {...place(pin.uri)} label={shownName(pin.name || nameOf(pin.uri)) || t("files.myFiles")} leftSection={<IconPin size={19} stroke={1.6} />} />
              ))}
            </>
          )}
          <Label>{t("files.categories")}</Label>
          {CATEGORIES.map(([category, Icon]) => (
            <SideLink key={category} {...place(searchUri(MY_ROOT, { words: "", category }))} label={t(`files.category.${category}`)} leftSection={<Icon size={19} stroke={1.6} />} />
          ))}
          {extra?.map((item) => (
            <NavLink key={item.url} href={item.url} target="_blank" rel="noopener" className={classes.link} label={item.name} />
          ))}
        </ScrollArea>
        {/* In sight, however many folders there are. */}
        <div className={classes.places}>
          <SharedWithMe {...place(SHARED_WITH_ME)} />
          {mayShare && (
            <SideLink to="/shares" active={location.pathname === "/shares"} className={classes.link} label={t("shares.mine")} leftSection={<IconShare3 size={19} stroke={1.6} />} />
          )}
          {mayDav && (
            <SideLink to="/connect" active={location.pathname === "/connect"} className={classes.link} label={t("connect.title")} leftSection={<IconDeviceLaptop size={19} stroke={1.6} />} />
          )}
          <SideLink to="/tasks" active={location.pathname === "/tasks"} className={classes.link} label={t("tasks.title")} leftSection={<IconChecklist size={19} stroke={1.6} />} />
          <SideLink {...place(TRASH_ROOT)} label={t("files.trash")} leftSection={<IconTrash size={19} stroke={1.6} />} />
        </div>
      </nav>
      <Storage />
    </div>
  );
}

/** With the number of what came by name and was not looked at. */
function SharedWithMe(link: { to: "/home"; search: { path: string }; active: boolean; className?: string }) {
  const { t } = useTranslation();
  const fresh = useFreshlyReceived();
  const count = fresh > 0 && (
    <Badge size="sm" circle={fresh < 10} aria-label={t("received.fresh", { count: fresh })}>
      {fresh}
    </Badge>
  );
  return <SideLink {...link} label={t("files.sharedWithMe")} leftSection={<IconUsers size={19} stroke={1.6} />} rightSection={count} />;
}

function Label({ children }: { children: string }) {
  return (
    <Text size="xs" c="dimmed" fw={600} mt="md" mb={4} px={10}>
      {children}
    </Text>
  );
}

function Storage() {
  const { t } = useTranslation();
  const capacity = useQuery(capacityQuery);
  if (!capacity.data) return null;
  const { used, total } = capacity.data;
  const share = total > 0 ? Math.min(100, Math.round((used / total) * 100)) : 0;
  const colour = share > 95 ? "red" : share > 80 ? "orange" : undefined;
  const text = t("files.used", { used: formatBytes(used), total: formatBytes(total) });
  return (
    <Tooltip label={t("files.free", { free: formatBytes(Math.max(0, total - used)) })}>
      <div className={classes.storage}>
        <Progress.Root size={6}>
          <Progress.Section value={share} color={colour} aria-label={text} />
        </Progress.Root>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </div>
    </Tooltip>
  );
}
