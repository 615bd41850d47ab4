/** What visitors of a share meet: who shared it, its password, and what is in it. */
import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { parseUri } from "@/api/uri";
import { FOLDER } from "@/api/wire";
import { mayRead } from "./audience";
import { shareQuery } from "./data/share";
import { DropBox } from "./DropBox";
import { Gone, Locked } from "./Locked";
import { Readme } from "./Readme";
import { ShareHead } from "./ShareHead";
import { SingleFile } from "./SingleFile";
import classes from "./share.module.css";

export default function ShareFront({ uri, children }: { uri: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { id, password, path } = parseUri(uri);
  const info = useQuery(shareQuery(id, password));
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
