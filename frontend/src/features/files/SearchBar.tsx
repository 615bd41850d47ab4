import { ActionIcon, Button, Group, Popover, SegmentedControl, Select, Stack, TextInput } from "@mantine/core";
import { IconAdjustments, IconSearch, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Search, searchOf, searchUri } from "@/api/search";
import { MY_ROOT, parseUri, withoutQuery } from "@/api/uri";
import { AmountInput, isAmount } from "@/ui/AmountInput";
import { formatBytes } from "@/ui/format";

const MEGABYTE = 1024 * 1024;
const DAY_SECS = 86_400;

interface Conditions {
  type?: Search["type"];
  tag?: string;
  /** Megabytes. */
  from?: number | string;
  to?: number | string;
  days?: string;
  everywhere?: boolean;
}

const PERIODS = ["1", "7", "30", "365"];

/** What an address says, as it stands in the fields. */
function conditionsOf(search: Search | undefined): Conditions {
  const daysAgo = search?.updatedFrom === undefined ? undefined : (Date.now() / 1000 - search.updatedFrom) / DAY_SECS;
  return {
    type: search?.type,
    tag: search?.tag,
    from: search?.sizeFrom === undefined ? undefined : search.sizeFrom / MEGABYTE,
    to: search?.sizeTo === undefined ? undefined : search.sizeTo / MEGABYTE,
    days: daysAgo === undefined ? undefined : PERIODS.find((period) => daysAgo < Number(period) + 1),
  };
}

export function SearchBar({ onDone, focus }: { onDone: () => void; focus: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { path } = useSearch({ strict: false }) as { path?: string };
  const here = path ?? MY_ROOT;
  const searched = searchOf(here);
  const [words, setWords] = useState(searched?.words ?? "");
  const [more, setMore] = useState<Conditions>(() => conditionsOf(searched));
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    const now = searchOf(here);
    setWords(now?.words ?? "");
    setMore((was) => ({ ...conditionsOf(now), everywhere: was.everywhere }));
  }, [here]);

  const isRight = isAmount(more.from ?? "", 0) && isAmount(more.to ?? "", 0);
  const go = (event?: FormEvent) => {
    event?.preventDefault();
    // What is wrong says so beside its field.
    if (!isRight) return setOpened(true);
    setOpened(false);
    const base = more.everywhere && parseUri(here).fs === "my" ? MY_ROOT : withoutQuery(here);
    const search: Search = {
      words,
      type: more.type,
      tag: more.tag || undefined,
      sizeFrom: Number(more.from) ? Number(more.from) * MEGABYTE : undefined,
      sizeTo: Number(more.to) ? Number(more.to) * MEGABYTE : undefined,
      updatedFrom: more.days ? Date.now() / 1000 - Number(more.days) * DAY_SECS : undefined,
    };
    const empty = !words.trim() && Object.values({ ...search, words: undefined }).every((value) => value === undefined);
    void navigate({ to: "/home", search: { path: empty ? base : searchUri(base, search) } });
    onDone();
  };
  const leave = () => {
    setWords("");
    setMore({});
    if (searched) void navigate({ to: "/home", search: { path: withoutQuery(here) } });
    onDone();
  };

  return (
    <form role="search" onSubmit={go}>
      <TextInput
        data-search
        size="md"
        radius="xl"
        autoFocus={focus}
        aria-label={t("search.label")}
        placeholder={t("search.placeholder")}
        value={words}
        leftSection={<IconSearch size={19} />}
        rightSectionWidth={words || searched || focus ? 90 : 48}
        rightSection={
          <Group gap={2} wrap="nowrap" justify="end" pr={6} w="100%">
            {(words || searched || focus) && (
              <ActionIcon aria-label={t("search.clear")} onClick={leave}>
                <IconX size={17} />
              </ActionIcon>
            )}
            <Popover opened={opened} onChange={setOpened} position="bottom-end" width={360} shadow="lg" trapFocus>
              <Popover.Target>
                <ActionIcon aria-label={t("search.more")} aria-expanded={opened} onClick={() => setOpened(!opened)}>
                  <IconAdjustments size={19} />
                </ActionIcon>
              </Popover.Target>
              <Popover.Dropdown aria-label={t("search.more")}>
                <Stack gap="sm">
                  <SegmentedControl
                    size="sm"
                    aria-label={t("search.type")}
                    value={more.type ?? ""}
                    onChange={(type) => setMore({ ...more, type: (type || undefined) as Search["type"] })}
                    data={[
                      { value: "", label: t("search.any") },
                      { value: "file", label: t("search.files") },
                      { value: "folder", label: t("search.folders") },
                    ]}
                  />
                  <TextInput label={t("search.tag")} value={more.tag ?? ""} onChange={(event) => setMore({ ...more, tag: event.currentTarget.value })} />
                  <Group grow>
                    <AmountInput label={t("search.from")} least={0} suffix=" MB" placeholder={formatBytes(MEGABYTE)} value={more.from ?? ""} onChange={(from) => setMore({ ...more, from })} />
                    <AmountInput label={t("search.to")} least={0} suffix=" MB" placeholder={formatBytes(100 * MEGABYTE)} value={more.to ?? ""} onChange={(to) => setMore({ ...more, to })} />
                  </Group>
                  <Select
                    label={t("search.changed")}
                    placeholder={t("search.anyTime")}
                    clearable
                    comboboxProps={{ withinPortal: false }}
                    value={more.days ?? null}
                    onChange={(days) => setMore({ ...more, days: days ?? undefined })}
                    data={[
                      { value: "1", label: t("search.day") },
                      { value: "7", label: t("search.week") },
                      { value: "30", label: t("search.month") },
                      { value: "365", label: t("search.year") },
                    ]}
                  />
                  <SegmentedControl
                    size="sm"
                    aria-label={t("search.where")}
                    value={more.everywhere ? "all" : "here"}
                    onChange={(value) => setMore({ ...more, everywhere: value === "all" })}
                    data={[
                      { value: "here", label: t("search.here") },
                      { value: "all", label: t("search.everywhere") },
                    ]}
                  />
                  <Button disabled={!isRight} onClick={() => go()}>{t("search.go")}</Button>
                </Stack>
              </Popover.Dropdown>
            </Popover>
          </Group>
        }
        onChange={(event) => setWords(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (!words) event.currentTarget.blur();
          leave();
        }}
      />
    </form>
  );
}
