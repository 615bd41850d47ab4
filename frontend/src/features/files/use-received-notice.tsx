/** Tells when somebody shares something with the account by name. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import i18next from "i18next";
import { useEffect, useRef } from "react";
import { useAccount } from "@/api/use-account";
import { SHARED_WITH_ME, shareUri } from "@/api/uri";
import type { Share } from "@/api/wire";
import { router } from "@/shared/router";
import { cameAt, useReceived, useSeenUntil } from "./data/received";

const SHOWN_MS = 12_000;

/** How much came by name that was not looked at; and says so when something comes. */
export function useFreshlyReceived(): number {
  const account = useAccount()?.user.id;
  const { shares } = useReceived();
  const seen = useSeenUntil(account);
  const known = useRef<{ account?: string; until: number }>({ until: 0 });
  useEffect(() => {
    if (!shares) return;
    const until = Math.max(0, ...shares.map(cameAt));
    const before = known.current;
    known.current = { account, until: Math.max(until, before.account === account ? before.until : 0) };
    // What was there when the page was opened is no news.
    if (before.account !== account) return;
    const fresh = shares.filter((share) => cameAt(share) > before.until);
    if (fresh.length > 0) tell(fresh);
  }, [account, shares]);
  return (shares ?? []).filter((share) => cameAt(share) > seen).length;
}

const said = ({ owner: { nickname: who }, name }: Share, count: number) =>
  count === 1 ? i18next.t("received.told", { who, name }) : i18next.t("received.toldMany", { who, count });

function tell(fresh: readonly Share[]) {
  const [first] = fresh;
  if (!first) return;
  const id = "received";
  const search = { path: fresh.length === 1 ? shareUri(first.id) : SHARED_WITH_ME };
  const open = () => {
    notifications.hide(id);
    void router.navigate({ to: "/home", search });
  };
  notifications.hide(id);
  notifications.show({
    id,
    autoClose: SHOWN_MS,
    withBorder: true,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" lineClamp={3}>
          {said(first, fresh.length)}
        </Text>
        <Button size="compact-sm" variant="light" flex="none" onClick={open}>
          {i18next.t("files.open")}
        </Button>
      </Group>
    ),
  });
}
