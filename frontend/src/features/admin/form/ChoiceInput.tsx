/** One of several: of a list that is always the same, or of what the site has now. */
import { Loader, Select } from "@mantine/core";
import type { InputProps } from "./types";

export interface Choice {
  value: string;
  label: string;
}

/** What is stored but not among the choices can still be seen, and kept. */
const withStored = (choices: readonly Choice[], value: string) => (value && !choices.some((each) => each.value === value) ? [...choices, { value, label: value }] : [...choices]);

/** @param choices nothing while they are still on their way */
export function ChoiceInput({ said, value, set, choices }: InputProps & { choices: readonly Choice[] | undefined }) {
  const stored = String(value);
  return (
    <Select
      {...said}
      data={choices ? withStored(choices, stored) : []}
      value={stored}
      allowDeselect={false}
      disabled={!choices}
      rightSection={choices ? undefined : <Loader size="xs" />}
      onChange={(choice) => set(choice ?? "")}
    />
  );
}
