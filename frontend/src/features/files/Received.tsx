/** What others shared with the account by name, above the shortcuts that were added. */
import { Badge, Button, Center, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import { shareUri } from "@/api/uri";
import type { FileItem, Share } from "@/api/wire";
import { formatFullTime, formatTime } from "@/ui/format";
import { AnchorLink } from "@/ui/links";
import { UserAvatar } from "@/shared/UserAvatar";
import { cameAt, markSeen, useReceived, useSeenUntil } from "./data/received";
import { FileIcon } from "@/shared/files/FileIcon";
import { FileName } from "./FileName";
import classes from "./received.module.css";

/** @param alone nothing else is shown below */
export function Received({ alone }: { alone: boolean }) {
  const { t } = useTranslation();
  const account = useAccount();
  const { shares, more, loading, loadMore } = useReceived();
  const seen = useSeenUntil(account?.user.id);
  // What was new when the page was opened stays marked while it is looked at.
  const [newSince] = useState(seen);
  const newest = shares?.[0];
  useEffect(() => {
    if (account && newest && cameAt(newest) > seen) markSeen(account.user.id, newest);
  }, [account, newest, seen]);
  if (!shares?.length) return null;
  return (
    <section className={classes.holder} data-alone={alone || undefined} aria-labelledby="received">
      <Title id="received" order={2} className={classes.head}>
        {t("received.title")}
      </Title>
      <ul className={classes.list}>
        {shares.map((share) => (
          <Line key={share.id} share={share} isNew={cameAt(share) > newSince} />
        ))}
      </ul>
      {more && (
        <Center p="xs">
          <Button variant="default" size="sm" loading={loading} onClick={() => void loadMore()}>
            {t("app.more")}
          </Button>
        </Center>
      )}
      {!alone && (
        <Title order={2} className={classes.head}>
          {t("received.shortcuts")}
        </Title>
      )}
    </section>
  );
}

function Line({ share, isNew }: { share: Share; isNew: boolean }) {
  const { t } = useTranslation();
  return (
    <li className={classes.line}>
      <AnchorLink to="/home" search={{ path: shareUri(share.id) }} className={classes.link} underline="never" c="var(--mantine-color-text)">
        <span className={classes.icon}>
          <FileIcon file={{ type: share.source_type, name: share.name } as FileItem} size={26} />
        </span>
        <span className={classes.text}>
          <FileName name={share.name} folder={share.source_type === 1} className={classes.name} />
          <span className={classes.sub}>
            <UserAvatar user={share.owner} size={18} />
            <Text span size="sm" c="dimmed" truncate>
              {t("shares.by", { name: share.owner.nickname })}
            </Text>
          </span>
        </span>
        {share.password_protected && <IconLock size={17} role="img" aria-label={t("shares.withPassword")} color="var(--mantine-color-dimmed)" />}
        {isNew && (
          <Badge size="sm" variant="light" tt="none">
            {t("received.new")}
          </Badge>
        )}
        <Text span size="sm" c="dimmed" className={classes.time} title={formatFullTime(share.received_at)}>
          {formatTime(share.received_at)}
        </Text>
      </AnchorLink>
    </li>
  );
}
