/** What visitors of a share meet: who shared it, its password, and what is in it. */
import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { parseUri } from "@/api/uri";
import { FOLDER, type Share } from "@/api/wire";
import { mayRead } from "./audience";
import { DropBox } from "./DropBox";
import { Gone, Locked } from "./Locked";
import { Readme } from "./Readme";
import { ShareHead } from "./ShareHead";
import { SingleFile } from "./SingleFile";
import classes from "./share.module.css";

/** A visit counts once for a page, not for every folder inside. */
const visited = new Set<string>();

export default function ShareFront({ uri, children }: { uri: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { id, password, path } = parseUri(uri);
  const info = useQuery({
    queryKey: ["share", id, password],
    queryFn: () => {
      const first = !visited.has(id);
      visited.add(id);
      return call<Share>("GET", `/share/info/${encodeURIComponent(id)}`, { query: { password: password || undefined, count_views: first || undefined } });
    },
    retry: false,
    staleTime: 60_000,
  });
  const share = info.data;
  if (info.isPending)
    return (
      <Center h="60vh">
        <Loader role="status" aria-label={t("app.loading")} />
      </Center>
    );
  if (!share) return <Gone error={info.error} />;
  if (!share.unlocked) return <Locked share={share} wrong={!!password} />;
  if (share.source_type !== FOLDER) return <SingleFile share={share} uri={uri} />;
  if (!mayRead(share.permissions)) return <DropBox share={share} uri={uri} />;
  return (
    <div className={classes.page}>
      <ShareHead share={share} uri={uri} />
      <div className={classes.list}>{children}</div>
      {share.show_readme && path.length === 0 && <Readme uri={uri} counted={share.remain_downloads !== undefined} />}
    </div>
  );
}
