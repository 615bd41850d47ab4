/** The policies that each keep everything of a mirror, and what its quorum means. */
import { Checkbox, Input, Loader, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { policiesQuery } from "../../data/policies";
import type { InputProps, Values } from "../../form/types";
import { word } from "../../words";
import { kindOf } from "./kinds";
import { canBeMember, membersOf, meaningOf, MOST } from "./mirror";

export function MembersInput({ said, value, set }: InputProps) {
  const { data } = useQuery(policiesQuery);
  const members = membersOf(value);
  const toggle = (id: number, isChosen: boolean) => set(JSON.stringify(isChosen ? [...members, id] : members.filter((member) => member !== id)));
  if (!data) return <Loader size="sm" />;
  return (
    <Input.Wrapper label={said.label} description={said.description} error={said.error} labelElement="div">
      <Stack gap="xs" my="xs" role="group" aria-label={said.label}>
        {data.rows.filter(canBeMember).map((policy) => {
          const isChosen = members.includes(policy.id);
          return (
            <Checkbox
              key={policy.id}
              label={policy.name}
              description={word(`policy_${kindOf(policy)}`)}
              checked={isChosen}
              disabled={!isChosen && members.length >= MOST}
              onChange={({ currentTarget }) => toggle(policy.id, currentTarget.checked)}
              styles={{ label: { overflowWrap: "anywhere" } }}
            />
          );
        })}
      </Stack>
    </Input.Wrapper>
  );
}

/** What is chosen, in a sentence. */
export function QuorumMeaning({ values }: { values: Values }) {
  const { t } = useTranslation();
  const meaning = meaningOf(values);
  if (!meaning) return null;
  const { quorum: count, members, kind } = meaning;
  return (
    <Text size="sm" role="status">
      {`${t("admin.policy.quorumMeans", { count, members })} ${t(`admin.policy.quorums.${kind}`)}`}
    </Text>
  );
}

/** By their names. */
export function Members({ of }: { of: number[] }) {
  const { data } = useQuery(policiesQuery);
  return of.map((member) => data?.rows.find(({ id }) => id === member)?.name ?? `#${member}`).join(", ");
}
