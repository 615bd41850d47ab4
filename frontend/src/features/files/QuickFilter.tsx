/** Leaves only the names that hold these words, without asking the server. */
import { CloseButton, Pill, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFiles } from "@/shared/files/store";
import classes from "./files.module.css";

const set = (filter: string) => useFiles.setState({ filter });

export function FilterField({ width }: { width?: number }) {
  const { t } = useTranslation();
  const filter = useFiles((state) => state.filter);
  return (
    <TextInput
      w={width}
      size="sm"
      variant="filled"
      placeholder={t("files.filter")}
      aria-label={t("files.filter")}
      leftSection={<IconFilter size={16} />}
      rightSection={filter && <CloseButton size="sm" aria-label={t("files.clearFilter")} onClick={() => set("")} />}
      value={filter}
      onChange={(event) => set(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !filter) return;
        event.stopPropagation();
        set("");
      }}
    />
  );
}

/** On small screens, where the field is in a menu, what it does is said here. */
export function FilterNote() {
  const { t } = useTranslation();
  const filter = useFiles((state) => state.filter);
  if (!filter) return null;
  return (
    <div className={classes.note}>
      <Pill size="md" withRemoveButton onRemove={() => set("")} removeButtonProps={{ "aria-label": t("files.clearFilter"), tabIndex: 0, "aria-hidden": false }}>
        {t("files.filtered", { words: filter })}
      </Pill>
    </div>
  );
}
