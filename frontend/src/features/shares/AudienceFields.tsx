/** Whom a share is for, and what they may do in it. */
import { Group, MultiSelect, Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { useAccount } from "@/api/use-account";
import type { User } from "@/api/wire";
import { UserAvatar } from "@/ui/UserAvatar";
import type { Audience, Rights, Who } from "./audience";

interface Props {
  value: Audience;
  /** Files can only be read. */
  folder: boolean;
  onChange: (value: Audience) => void;
}

export function AudienceFields({ value, folder, onChange }: Props) {
  const { t } = useTranslation();
  const choices: Audience["who"][] = ["link", "members", "people"];
  if (value.who === "other") choices.push("other");
  return (
    <>
      <Select
        label={t("shares.who")}
        allowDeselect={false}
        value={value.who}
        onChange={(who) => onChange({ ...value, who: (who ?? "link") as Who })}
        data={choices.map((each) => ({ value: each, label: t(`shares.audience.${each}`) }))}
      />
      {value.who === "people" && <People value={value.people} onChange={(people) => onChange({ ...value, people })} />}
      {folder && value.who !== "other" && (
        <Select
          label={t("shares.rights")}
          description={value.rights === "read" ? undefined : t(`shares.rightsHint.${value.rights}`)}
          inputWrapperOrder={["label", "input", "description"]}
          allowDeselect={false}
          value={value.rights}
          onChange={(rights) => onChange({ ...value, rights: (rights ?? "read") as Rights })}
          data={(["read", "add", "drop"] as const).map((each) => ({ value: each, label: t(`shares.can.${each}`) }))}
        />
      )}
    </>
  );
}

/** The server searches from two characters on. */
const LEAST = 2;
/** No account has this id. */
const NOTE = "-";

function People({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const { t } = useTranslation();
  const me = useAccount()?.user.id;
  const [typed, setTyped] = useState("");
  const [keyword] = useDebouncedValue(typed.trim(), 200);
  const [met, setMet] = useState<Record<string, User>>({});
  const found = useQuery({
    queryKey: ["people", keyword],
    queryFn: async () => {
      const users = await call<User[]>("GET", "/user/search", { query: { keyword } });
      setMet((last) => ({ ...last, ...Object.fromEntries(users.map((user) => [user.id, user])) }));
      return users;
    },
    enabled: keyword.length >= LEAST,
    staleTime: 30_000,
  });
  const named = useQueries({
    queries: value.filter((id) => !met[id]).map((id) => ({ queryKey: ["user", id], queryFn: () => call<User>("GET", `/user/info/${encodeURIComponent(id)}`), retry: false })),
    combine: (results) => results.map((result) => result.data).filter((user) => !!user),
  });
  const known = { ...met, ...Object.fromEntries(named.map((user) => [user.id, user])) };
  const offered = keyword.length < LEAST ? [] : (found.data ?? []).filter((user) => user.id !== me).map((user) => user.id);
  const ids = [...new Set([...value, ...offered])];
  const searching = typed.trim().length >= LEAST && (found.isFetching || keyword !== typed.trim());
  const offers = ids.some((id) => !value.includes(id));
  // Said as an option: a list without any is none to those who cannot see it.
  const note = t(typed.trim().length < LEAST ? "shares.typeMore" : searching ? "app.loading" : "shares.nobody");
  return (
    <MultiSelect
      label={t("shares.people")}
      placeholder={value.length === 0 ? t("shares.peopleHint") : undefined}
      required={value.length === 0}
      searchable
      hidePickedOptions
      value={value}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
      // What the server found is what fits.
      filter={({ options }) => options}
      data={[...ids.map((id) => ({ value: id, label: known[id]?.nickname ?? id })), ...(offers ? [] : [{ value: NOTE, label: note, disabled: true }])]}
      renderOption={({ option }) => {
        const user = known[option.value];
        return (
          <Group gap="sm" wrap="nowrap">
            {user && <UserAvatar user={user} size={28} />}
            <div style={{ minWidth: 0 }}>
              <Text size="sm" truncate>
                {option.label}
              </Text>
              {user?.email && (
                <Text size="xs" c="dimmed" truncate>
                  {user.email}
                </Text>
              )}
            </div>
          </Group>
        );
      }}
    />
  );
}
