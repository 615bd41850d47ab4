import { Button, Group, Menu } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconColumns3, IconDownload, IconFilter } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { csv, save } from "./csv";
import { ExportMenu } from "./ExportMenu";
import { OneFilter } from "./OneFilter";
import type { Kind } from "./types";
import type { Columns } from "./use-columns";
import type { Place } from "./use-place";

interface Props<R extends { id: number }> {
  kind: Kind<R>;
  place: Place;
  columns: Columns<R>;
  rows: R[];
}

export function Filters<R extends { id: number }>({ kind, place, columns, rows }: Props<R>) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  // What filters is seen.
  const [more, setMore] = useState(place.isFiltered);
  const exported = () => {
    const text = (row: R) => columns.shown.map(({ cell, text }) => (text ? text(row) : String(cell(row) ?? "")));
    const head = columns.shown.map(({ id }) => t(`admin.columns.${id}`));
    save(`${kind.id}.csv`, csv([head, ...rows.map(text)]));
  };
  return (
    <Group align="end" gap="sm">
      {narrow && kind.filters.length > 0 && (
        <Button variant="default" leftSection={<IconFilter size={16} />} aria-expanded={more} onClick={() => setMore(!more)}>
          {t("admin.moreFilters")}
        </Button>
      )}
      {(!narrow || more) && kind.filters.map((filter) => <OneFilter key={filter.name} filter={filter} place={place} />)}
      <Group gap="xs" ms={narrow ? undefined : "auto"}>
        {kind.Tools && <kind.Tools />}
        <Menu closeOnItemClick={false}>
          <Menu.Target>
            <Button variant="default" leftSection={<IconColumns3 size={16} />}>
              {t("admin.columnsButton")}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {columns.all.map(({ id }) => (
              <Menu.CheckboxItem key={id} checked={columns.shown.some((shown) => shown.id === id)} onChange={() => columns.toggle(id)}>
                {t(`admin.columns.${id}`)}
              </Menu.CheckboxItem>
            ))}
          </Menu.Dropdown>
        </Menu>
        {kind.files ? (
          <ExportMenu files={kind.files} place={place} savePage={rows.length > 0 ? exported : undefined} />
        ) : (
          <Button variant="default" leftSection={<IconDownload size={16} />} disabled={rows.length === 0} onClick={exported}>
            {t("admin.export")}
          </Button>
        )}
      </Group>
    </Group>
  );
}
