/** What a list is filtered by: a choice, somebody or something by name, a moment, or a text. */
import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { word } from "../words";
import { toField, toMoment } from "./moment";
import { PICKERS } from "./pickers";
import type { Filter } from "./types";
import type { Place } from "./use-place";

const WIDTH = { base: "100%", xs: 180 };

export function OneFilter({ filter: { name, choices, of, pick, moment }, place }: { filter: Filter; place: Place }) {
  const { t } = useTranslation();
  const value = place.asked.conditions[name] ?? "";
  const change = (next: string) => place.set({ [name]: next || undefined, page: undefined });
  const label = t(`admin.filters.${name}`);
  if (pick) {
    const Picker = PICKERS[pick];
    return <Picker label={label} value={value} change={change} />;
  }
  if (choices) {
    const data = choices.map((choice) => ({ value: choice, label: word(of ? `${of}_${choice}` : choice) }));
    return <Select label={label} data={data} value={value || null} placeholder={t("admin.any")} clearable onChange={(next) => change(next ?? "")} w={WIDTH} />;
  }
  return <TextFilter label={label} value={value} change={change} moment={moment} />;
}

interface Props {
  label: string;
  value: string;
  change: (value: string) => void;
  moment?: boolean;
}

function TextFilter({ label, value, change, moment }: Props) {
  const shown = (sent: string) => (moment ? toField(sent) : sent);
  const [text, setText] = useState(() => shown(value));
  const sent = useRef(value);
  const send = useDebouncedCallback((next: string) => {
    sent.current = next;
    change(next);
  }, 300);
  // Somebody went back, or came by a link.
  if (value !== sent.current) {
    sent.current = value;
    setText(shown(value));
  }
  return (
    <TextInput
      label={label}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        send(moment ? toMoment(currentTarget.value) : currentTarget.value.trim());
      }}
      {...(moment ? { type: "datetime-local", max: "9999-12-31T23:59" } : {})}
      w={moment ? { base: "100%", xs: 210 } : WIDTH}
    />
  );
}
