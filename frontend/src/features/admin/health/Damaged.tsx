/** Stored bytes that are not what they were: nobody is given them until somebody settles it. */
import { Button, Center, Checkbox, Drawer, Group, Loader, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes, formatFullTime } from "@/ui/format";
import { type DamagedRow, damagedQuery, type Health, SOON_MS } from "../data/health";
import { Cards } from "../list/Cards";
import { Rows } from "../list/Rows";
import { Trouble } from "../list/Trouble";
import type { Column } from "../list/types";
import { word } from "../words";
import { CheckAll, Chosen } from "./Chosen";
import { Detail } from "./Detail";
import { fileNames, isBehind, nameOf } from "./settle";

const columnsOf = (policies: Health["policies"]): Column<DamagedRow>[] => [
  { id: "damage", cell: ({ damage }) => word(`damage_${damage}`) },
  { id: "files", cell: (row) => fileNames(row) || "–", wraps: true },
  { id: "size", cell: ({ size }) => formatBytes(size) },
  { id: "found", cell: ({ found_at }) => formatFullTime(found_at), wraps: true },
  { id: "policy", cell: ({ policy_id }) => policies.find(({ id }) => id === policy_id)?.name ?? "", wraps: true },
  { id: "source", cell: ({ source }) => source, wraps: true },
];

/** It can be chosen from. */
const KIND = { nameOf, actions: [{ id: "check", run: () => Promise.resolve() }] };

export function Damaged({ health }: { health: Health }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const list = useInfiniteQuery({ ...damagedQuery, refetchInterval: ({ state }) => (isBehind(state.data?.pages, health) ? SOON_MS : false) });
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [open, setOpen] = useState<DamagedRow>();
  const rows = list.data?.pages.flatMap(({ entities }) => entities) ?? [];
  const selected = rows.filter(({ id }) => chosen.has(id));
  const Layout = narrow ? Cards : Rows;
  return (
    <Stack gap="sm" component="section" aria-labelledby="damaged">
      <Text id="damaged" component="h2" fw={600}>
        {t("admin.health.damaged")}
      </Text>
      {list.error && <Trouble error={list.error} again={list.refetch} />}
      {list.isPending && (
        <Center h={120}>
          <Loader />
        </Center>
      )}
      {list.data && rows.length === 0 && <AllWell />}
      {rows.length > 0 && (
        <>
          <Text size="sm">{t("admin.health.damagedHint")}</Text>
          {narrow && <Checkbox label={t("admin.chooseAll")} checked={selected.length === rows.length} indeterminate={selected.length > 0 && selected.length < rows.length} onChange={({ currentTarget }) => setChosen(new Set(currentTarget.checked ? rows.map(({ id }) => id) : []))} />}
          {selected.length === 0 && <CheckAll rows={rows} />}
          <Chosen rows={selected} clear={() => setChosen(new Set())} />
          <Layout kind={KIND} rows={rows} columns={columnsOf(health.policies)} chosen={chosen} setChosen={setChosen} open={setOpen} />
        </>
      )}
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("app.more")}
          </Button>
        </Group>
      )}
      <Drawer opened={Boolean(open)} onClose={() => setOpen(undefined)} position="right" size="lg" title={open && nameOf(open)} closeButtonProps={{ "aria-label": t("app.close") }}>
        {open && <Detail row={open} policy={health.policies.find(({ id }) => id === open.policy_id)} close={() => setOpen(undefined)} />}
      </Drawer>
    </Stack>
  );
}

function AllWell() {
  const { t } = useTranslation();
  return (
    <Center h={120}>
      <Group gap="xs" wrap="nowrap">
        <IconCircleCheck size={22} color="var(--mantine-color-teal-filled)" style={{ flex: "none" }} />
        <Text>{t("admin.health.allWell")}</Text>
      </Group>
    </Center>
  );
}
