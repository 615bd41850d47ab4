import { Button, Group, Menu, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconColumns3, IconDownload, IconFilter } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { word } from "../words";
import { csv, save } from "./csv";
import type { Filter, Kind } from "./types";
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
        <Button variant="default" leftSection={<IconDownload size={16} />} disabled={rows.length === 0} onClick={exported}>
          {t("admin.export")}
        </Button>
      </Group>
    </Group>
  );
}

function OneFilter({ filter: { name, choices, of }, place }: { filter: Filter; place: Place }) {
  const { t } = useTranslation();
  const stands = place.asked.conditions[name] ?? "";
  const [text, setText] = useState(stands);
  const sent = useRef(stands);
  const send = useDebouncedCallback((value: string) => {
    sent.current = value;
    place.set({ [name]: value || undefined, page: undefined });
  }, 300);
  // Somebody went back, or came by a link.
  if (stands !== sent.current) {
    sent.current = stands;
    setText(stands);
  }
  const label = t(`admin.filters.${name}`);
  if (choices) {
    const data = choices.map((value) => ({ value, label: word(of ? `${of}_${value}` : value) }));
    return <Select label={label} data={data} value={stands || null} placeholder={t("admin.any")} clearable onChange={(value) => send(value ?? "")} w={{ base: "100%", xs: 180 }} />;
  }
  return (
    <TextInput
      label={label}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        send(currentTarget.value.trim());
      }}
      w={{ base: "100%", xs: 180 }}
    />
  );
}
