/** Whom or what a list can be filtered by: people are searched for, groups and policies are few. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { groupsQuery } from "../data/groups";
import { policiesQuery } from "../data/policies";
import { peopleQuery, userQuery } from "../data/users";
import { isId, Picker, type PickerProps } from "./Picker";

interface Named {
  id: number;
  name: string;
}

const written = ({ nick, email }: { nick: string; email: string }) => `${nick} <${email}>`;

/** Somebody's name by their number. */
function useName(id: string): string | undefined {
  const { data } = useQuery({ ...userQuery(Number(id)), enabled: isId(id) });
  return isId(id) && data ? written(data) : undefined;
}

function PickPerson(props: PickerProps) {
  const [typed, setTyped] = useState("");
  const [opened, setOpened] = useState(false);
  const [asked] = useDebouncedValue(typed, 250);
  const found = useQuery({ ...peopleQuery(asked), enabled: opened });
  const names: Record<string, string | undefined> = { [asked]: useName(asked), [props.value]: useName(props.value) };
  // What fits an earlier word is not offered for this one.
  const isCurrent = asked === typed && found.data;
  const choices = (isCurrent && found.data) || [];
  return (
    <Picker
      {...props}
      choices={choices.map((user) => ({ value: String(user.id), label: written(user) }))}
      nameOf={(id) => names[id]}
      searching={!isCurrent && !found.error}
      onType={setTyped}
      onOpen={() => setOpened(true)}
    />
  );
}

function PickOneOf({ all, onOpen, ...props }: PickerProps & { all: Named[] | undefined; onOpen: () => void }) {
  const [typed, setTyped] = useState("");
  const fitting = (all ?? []).filter(({ name }) => name.toLowerCase().includes(typed.toLowerCase()));
  return (
    <Picker
      {...props}
      choices={fitting.map(({ id, name }) => ({ value: String(id), label: name }))}
      nameOf={(wanted) => all?.find(({ id }) => String(id) === wanted)?.name}
      searching={!all}
      onType={setTyped}
      onOpen={onOpen}
    />
  );
}

function PickGroup(props: PickerProps) {
  const [opened, setOpened] = useState(false);
  const { data } = useQuery({ ...groupsQuery, enabled: opened || Boolean(props.value) });
  return <PickOneOf {...props} all={data?.rows} onOpen={() => setOpened(true)} />;
}

function PickPolicy(props: PickerProps) {
  const [opened, setOpened] = useState(false);
  const { data } = useQuery({ ...policiesQuery, enabled: opened || Boolean(props.value) });
  return <PickOneOf {...props} all={data?.rows} onOpen={() => setOpened(true)} />;
}

export const PICKERS = { person: PickPerson, group: PickGroup, policy: PickPolicy } satisfies Record<string, (props: PickerProps) => ReactNode>;
