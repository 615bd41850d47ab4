/** The policies that another one is spread over, and how much of it goes to each. */
import { Checkbox, Group, Input, Loader, NumberInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import { policiesQuery } from "../../data/policies";
import type { InputProps, Value, Values } from "../../form/types";

interface Child {
  policy_id: number;
  /** As it is typed: also a minus that no digit follows yet. */
  weight: number | string;
}

const HEAVIEST = 1_000_000;

const read = (value: Value) => JSON.parse(String(value) || "[]") as Child[];
const isGood = ({ weight }: Child) => Number(weight) >= 0 && Number(weight) <= HEAVIEST;

/** What is wrong with them. */
export const wrongChildren = ({ children }: Values) => (read(children ?? "").every(isGood) ? undefined : i18next.t("admin.policy.badWeight", { most: HEAVIEST }));

export function ChildrenInput({ said, value, set }: InputProps) {
  const { t } = useTranslation();
  const { data } = useQuery(policiesQuery);
  const children = read(value);
  const all = children.filter(isGood).reduce((sum, { weight }) => sum + Number(weight), 0);
  const write = (id: number, weight?: number | string) => {
    const others = children.filter(({ policy_id }) => policy_id !== id);
    const chosen = weight === undefined ? others : [...others, { policy_id: id, weight }];
    set(JSON.stringify(chosen.sort((a, b) => a.policy_id - b.policy_id)));
  };
  if (!data) return <Loader size="sm" />;
  return (
    <Input.Wrapper label={said.label} description={said.description} error={said.error} labelElement="div">
      <Stack gap="xs" mt="xs" role="group" aria-label={said.label}>
        {data.rows.filter(({ type }) => type !== "load_balance").map(({ id, name }) => {
          const child = children.find(({ policy_id }) => policy_id === id);
          return (
            <Group key={id} wrap="nowrap" justify="space-between">
              <Checkbox label={name} checked={Boolean(child)} onChange={({ currentTarget }) => write(id, currentTarget.checked ? 1 : undefined)} styles={{ label: { overflowWrap: "anywhere" } }} />
              {child && (
                <Group wrap="nowrap" gap="xs">
                  <NumberInput aria-label={t("admin.policy.weightOf", { name })} w={110} min={0} max={HEAVIEST} clampBehavior="none" allowDecimal={false} error={!isGood(child)} value={child.weight} onChange={(weight) => write(id, weight || 0)} />
                  <Text size="sm" c="dimmed" w={48} ta="end">
                    {isGood(child) ? `${all > 0 ? Math.round((100 * Number(child.weight)) / all) : 0}%` : "–"}
                  </Text>
                </Group>
              )}
            </Group>
          );
        })}
      </Stack>
    </Input.Wrapper>
  );
}
