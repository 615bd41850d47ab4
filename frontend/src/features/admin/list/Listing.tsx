/** A list of the console: filters and place in the address, choice of columns, actions on several. */
import { Center, Drawer, Group, Loader, Pagination, Select, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { formatNumber } from "@/ui/format";
import { Bulk } from "./Bulk";
import { Cards } from "./Cards";
import { Filters } from "./Filters";
import { Rows } from "./Rows";
import { Trouble } from "./Trouble";
import type { Kind } from "./types";
import { useColumns } from "./use-columns";
import { usePlace } from "./use-place";

const SOON_MS = 2_000;
const SIZES = ["10", "25", "50", "100"];

export function Listing<R extends { id: number }>({ kind }: { kind: Kind<R> }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const place = usePlace(kind);
  const columns = useColumns(kind);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [open, setOpen] = useState<R>();
  const list = useQuery({
    queryKey: keys.admin(kind.id, place.asked),
    queryFn: () => kind.load(place.asked),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (kind.changes && state.data?.rows.some(kind.changes) ? SOON_MS : false),
  });
  const rows = list.data?.rows ?? [];
  const total = list.data?.total ?? 0;
  const pages = Math.max(1, Math.ceil(total / place.asked.page_size));
  const shown = open && (rows.find(({ id }) => id === open.id) ?? open);
  // What went meanwhile cannot be chosen any more.
  const selected = rows.filter((row) => chosen.has(row.id));
  const props = { kind, rows, columns: columns.shown, chosen, setChosen, open: setOpen, place };
  return (
    <Stack gap="sm">
      <Filters kind={kind} place={place} columns={columns} rows={rows} />
      <Bulk kind={kind} rows={selected} clear={() => setChosen(new Set())} />
      {list.error && <Trouble error={list.error} again={list.refetch} />}
      {list.isPending ? (
        <Center h={240}>
          <Loader />
        </Center>
      ) : rows.length === 0 ? (
        <Center h={200}>
          <Text c="dimmed">{t(place.isFiltered ? "admin.nothingFound" : "admin.nothing")}</Text>
        </Center>
      ) : narrow ? (
        <Cards {...props} />
      ) : (
        <Rows {...props} />
      )}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {t("admin.total", { count: total, number: formatNumber(total) })}
        </Text>
        <Group gap="sm">
          <Select w={90} size="xs" aria-label={t("admin.pageSize")} data={SIZES} value={String(place.asked.page_size)} onChange={(size) => place.set({ size: size ?? undefined, page: undefined })} allowDeselect={false} />
          <Pagination size="sm" total={pages} value={place.asked.page} onChange={(page) => place.set({ page: page > 1 ? String(page) : undefined })} getControlProps={(control) => ({ "aria-label": t(`admin.paging.${control}`) })} />
        </Group>
      </Group>
      <Drawer opened={Boolean(open)} onClose={() => setOpen(undefined)} position="right" size="lg" title={shown && kind.nameOf(shown)} closeButtonProps={{ "aria-label": t("app.close") }}>
        {shown && <kind.Detail row={shown} close={() => setOpen(undefined)} />}
      </Drawer>
    </Stack>
  );
}
