/** Picks one of many by name, for a filter that the server knows by number. A number can be written, too. */
import { Select } from "@mantine/core";
import { type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface Choice {
  value: string;
  label: string;
}

export interface PickerProps {
  label: string;
  /** The number that stands in the address, or nothing. */
  value: string;
  change: (value: string) => void;
}

interface Props extends PickerProps {
  /** What fits what was typed. */
  choices: Choice[];
  /** The names of what was picked or written by number, as far as they are known. */
  nameOf: (id: string) => string | undefined;
  searching: boolean;
  onType: (text: string) => void;
  onOpen: () => void;
}

export const isId = (text: string) => /^[1-9]\d{0,14}$/.test(text);

export function Picker({ label, value, change, choices, nameOf, searching, onType, onOpen }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState(false);
  const hasMoved = useRef(false);
  const called = (id: string) => ({ value: id, label: nameOf(id) ?? `#${id}` });
  const written = typed.trim();
  const offered = new Map(choices.map((choice) => [choice.value, choice]));
  const byNumber = isId(written) && !offered.has(written) ? [called(written)] : [];
  // What is picked has to be among the data to be shown by its name.
  const isMissing = value && !offered.has(value) && written !== value;
  const data = [...byNumber, ...choices, ...(isMissing ? [called(value)] : [])];
  // A number that was written out is meant, unless somebody went on to an option.
  const onKey = (event: KeyboardEvent) => {
    if (event.key.startsWith("Arrow")) hasMoved.current = true;
    if (event.key !== "Enter" || hasMoved.current || !isId(written)) return;
    event.preventDefault();
    event.stopPropagation();
    setOpened(false);
    change(written);
  };
  return (
    <Select
      label={label}
      placeholder={t("admin.any")}
      data={data}
      value={value || null}
      onChange={(next) => change(next ?? "")}
      searchable
      clearable
      clearButtonProps={{ "aria-label": t("admin.clearFilter", { label }) }}
      onKeyDownCapture={onKey}
      onSearchChange={(text) => {
        hasMoved.current = false;
        setTyped(text);
        // The name of what is picked is no search.
        onType(text === called(value).label ? "" : text.trim());
      }}
      dropdownOpened={opened}
      onDropdownOpen={() => {
        setOpened(true);
        onOpen();
      }}
      onDropdownClose={() => setOpened(false)}
      filter={({ options }) => options.filter((option) => !isMissing || !("value" in option) || option.value !== value)}
      nothingFoundMessage={t(searching ? "app.loading" : "admin.nobodyFits")}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
      w={{ base: "100%", xs: 240 }}
    />
  );
}
