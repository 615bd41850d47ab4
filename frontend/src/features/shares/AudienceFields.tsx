/** Whom a share is for, and what they may do in it. */
import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Audience, Rights, Who } from "./audience";
import { Named } from "./Named";

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
      {value.who === "people" && <Named value={value} onChange={(names) => onChange({ ...value, ...names })} />}
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
