/** A size, in whatever unit it is round. */
import { Group, NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { MINUS, type Said, type Value } from "./types";

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** The largest unit of which it is a whole number. */
export function unitOf(bytes: number): number {
  let unit = 0;
  let rest = bytes;
  while (rest >= 1024 && rest % 1024 === 0 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return bytes === 0 ? 3 : unit;
}

interface Props extends Said {
  value: Value;
  onChange: (bytes: Value) => void;
}

export function ByteInput({ value, onChange, ...said }: Props) {
  const { t } = useTranslation();
  const isBegun = value === MINUS;
  const bytes = isBegun ? 0 : Number(value);
  const [unit, setUnit] = useState(() => unitOf(bytes));
  const factor = 1024 ** unit;
  const tell = (number: number, of: number) => onChange(Math.round(number * 1024 ** of));
  return (
    <Group align="end" gap="xs" wrap="nowrap">
      <NumberInput {...said} style={{ flex: 1 }} min={0} clampBehavior="none" value={isBegun ? MINUS : bytes / factor} onChange={(number) => (number === MINUS ? onChange(MINUS) : tell(Number(number) || 0, unit))} />
      <Select
        w={90}
        aria-label={t("admin.unit")}
        data={UNITS.map((label, at) => ({ value: String(at), label }))}
        value={String(unit)}
        allowDeselect={false}
        onChange={(next) => {
          setUnit(Number(next));
          if (!isBegun) tell(bytes / factor, Number(next));
        }}
      />
    </Group>
  );
}
