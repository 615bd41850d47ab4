/** What forms choose from among what the site has. Each asks while it is shown, so a form that is already open learns of it. */
import { Checkbox, Loader, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { groupsQuery } from "../data/groups";
import { isMaster, nodesQuery } from "../data/nodes";
import { policiesQuery } from "../data/policies";
import { ChoiceInput } from "../form/ChoiceInput";
import type { InputProps } from "../form/types";

/** Visitors are in it, and nobody else. */
const VISITORS = 3;

const named = (rows?: { id: number; name: string }[]) => rows?.map(({ id, name }) => ({ value: String(id), label: name }));

/** A group that somebody can be in. */
export function GroupInput(props: InputProps) {
  const { data } = useQuery(groupsQuery);
  return <ChoiceInput {...props} choices={named(data?.rows.filter(({ id }) => id !== VISITORS))} />;
}

export function PolicyInput(props: InputProps) {
  const { data } = useQuery(policiesQuery);
  return <ChoiceInput {...props} choices={named(data?.rows)} />;
}

/** Several policies; the value is a JSON list of their ids. */
export function PoliciesInput({ said, value, set }: InputProps) {
  const { data } = useQuery(policiesQuery);
  const chosen = (JSON.parse(String(value) || "[]") as number[]).map(String);
  const write = (ids: string[]) => set(JSON.stringify(ids.map(Number)));
  if (!data) return <Loader size="sm" />;
  return (
    <Checkbox.Group label={said.label} description={said.description} error={said.error} value={chosen} onChange={write}>
      <Stack gap="xs" mt="xs">
        {data.rows.map(({ id, name }) => (
          <Checkbox key={id} value={String(id)} label={name} styles={{ label: { overflowWrap: "anywhere" } }} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}

/** A helper that can keep bytes. */
export function NodeInput(props: InputProps) {
  const { data } = useQuery(nodesQuery);
  return <ChoiceInput {...props} choices={named(data?.filter((node) => !isMaster(node)))} />;
}
