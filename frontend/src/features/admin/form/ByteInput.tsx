/** A size, in whatever unit it is round. */
import { Group, NumberInput, Select } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

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

interface Props {
  label: string;
  description?: string;
  required?: boolean;
  error?: string;
  value: number;
  onChange: (bytes: number) => void;
}

export function ByteInput({ value, onChange, ...said }: Props) {
  const { t } = useTranslation();
  const [unit, setUnit] = useState(() => unitOf(value));
  const factor = 1024 ** unit;
  const tell = (number: number, of: number) => onChange(Math.round(number * 1024 ** of));
  return (
    <Group align="end" gap="xs" wrap="nowrap">
      <NumberInput {...said} style={{ flex: 1 }} min={0} allowNegative={false} value={value / factor} onChange={(number) => tell(Number(number) || 0, unit)} />
      <Select
        w={90}
        aria-label={t("admin.unit")}
        data={UNITS.map((label, at) => ({ value: String(at), label }))}
        value={String(unit)}
        allowDeselect={false}
        onChange={(next) => {
          setUnit(Number(next));
          tell(value / factor, Number(next));
        }}
      />
    </Group>
  );
}
