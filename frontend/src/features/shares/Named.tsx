/** Picks those whom a share is for: people and groups, in one field. */
import { Avatar, Group, MultiSelect, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUsersGroup } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { useAccount } from "@/api/use-account";
import type { User } from "@/api/wire";
import { UserAvatar } from "@/shared/UserAvatar";
import { groupsQuery, searchPeople } from "./data/people";
import { userQuery } from "@/shared/data/user";
import type { Audience } from "./audience";

/** The server searches people from two characters on. */
const LEAST = 2;
/** Nobody has this id. */
const NOTE = "-";
const PERSON = "person:";
const GROUP = "group:";

type Names = Pick<Audience, "people" | "groups">;

export function Named({ value, onChange }: { value: Names; onChange: (value: Names) => void }) {
  const { t } = useTranslation();
  const me = useAccount()?.user.id;
  const [typed, setTyped] = useState("");
  const [keyword] = useDebouncedValue(typed.trim(), 200);
  const people = usePeople(keyword, value.people);
  const groups = useQuery(groupsQuery).data ?? [];

  const picked = [...value.people.map((id) => PERSON + id), ...value.groups.map((id) => GROUP + id)];
  const fitting = groups.filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase())).map(({ id }) => GROUP + id);
  const found = people.found.filter(({ id }) => id !== me).map(({ id }) => PERSON + id);
  const ids = [...new Set([...picked, ...found, ...fitting])];
  const searching = typed.trim().length >= LEAST && (people.searching || keyword !== typed.trim());
  const offers = ids.some((id) => !picked.includes(id));
  // Said as an option: a list without any is none to those who cannot see it.
  const note = t(typed.trim().length < LEAST ? "shares.typeMore" : searching ? "app.loading" : "shares.nobody");
  const labelOf = (id: string) => (id.startsWith(GROUP) ? groups.find((group) => GROUP + group.id === id)?.name : people.known[id.slice(PERSON.length)]?.nickname);
  const choose = (chosen: string[]) => {
    const those = (kind: string) => chosen.filter((id) => id.startsWith(kind)).map((id) => id.slice(kind.length));
    onChange({ people: those(PERSON), groups: those(GROUP) });
  };
  return (
    <MultiSelect
      label={t("shares.people")}
      placeholder={picked.length === 0 ? t("shares.peopleHint") : undefined}
      required={picked.length === 0}
      searchable
      hidePickedOptions
      value={picked}
      onChange={choose}
      searchValue={typed}
      onSearchChange={setTyped}
      // What was found is what fits.
      filter={({ options }) => options}
      data={[...ids.map((id) => ({ value: id, label: labelOf(id) ?? id.slice(id.indexOf(":") + 1) })), ...(offers ? [] : [{ value: NOTE, label: note, disabled: true }])]}
      renderOption={({ option }) => <Option id={option.value} label={option.label} user={people.known[option.value.slice(PERSON.length)]} />}
    />
  );
}

/** People by a part of their name or address, and those who were picked before. */
function usePeople(keyword: string, picked: string[]) {
  const [met, setMet] = useState<Record<string, User>>({});
  const search = useQuery({
    queryKey: keys.people(keyword),
    queryFn: async () => {
      const users = await searchPeople(keyword);
      setMet((last) => ({ ...last, ...byId(users) }));
      return users;
    },
    enabled: keyword.length >= LEAST,
    staleTime: 30_000,
  });
  const named = useQueries({
    queries: picked.filter((id) => !met[id]).map(userQuery),
    combine: (results) => results.map((result) => result.data).filter((user) => !!user),
  });
  const found = keyword.length < LEAST ? [] : (search.data ?? []);
  return { found, searching: search.isFetching, known: { ...met, ...byId(named), ...byId(found) } };
}

const byId = (users: User[]) => Object.fromEntries(users.map((user) => [user.id, user]));

function Option({ id, label, user }: { id: string; label: string; user?: User }) {
  const { t } = useTranslation();
  const group = id.startsWith(GROUP);
  const below = group ? t("shares.group") : user?.email;
  return (
    <Group gap="sm" wrap="nowrap">
      {user && <UserAvatar user={user} size={28} />}
      {group && (
        <Avatar size={28} color="accent" aria-hidden>
          <IconUsersGroup size={16} />
        </Avatar>
      )}
      <div style={{ minWidth: 0 }}>
        <Text size="sm" truncate>
          {label}
        </Text>
        {below && (
          <Text size="xs" c="dimmed" truncate>
            {below}
          </Text>
        )}
      </div>
    </Group>
  );
}
