/** A number of something, or none. What it cannot be is refused in words, and never made another number in silence. */
import { NumberInput, type NumberInputProps } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props extends Omit<NumberInputProps, "value" | "onChange" | "error" | "min" | "allowNegative"> {
  least: number;
  /** As it is typed: also a minus that no digit follows yet. */
  value: number | string;
  onChange: (value: number | string) => void;
}

/** Whether it is a number that is large enough, or nothing at all. */
export const isAmount = (value: number | string, least: number) => value === "" || Number(value) >= least;

export function AmountInput({ least, value, ...props }: Props) {
  const { t } = useTranslation();
  return <NumberInput {...props} value={value} min={least} clampBehavior="none" error={isAmount(value, least) ? undefined : t("app.atLeast", { least })} />;
}
