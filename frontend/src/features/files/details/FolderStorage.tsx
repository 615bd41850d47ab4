/** Where new files of a folder are kept, for those who may choose. */
import { Select } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { choosePolicy, policiesQuery } from "../data/policies";

interface Props {
  uri: string;
  /** What holds now. */
  policy: { id: string; name: string };
  inherited: boolean;
}

const ABOVE = "above";

export function FolderStorage({ uri, policy, inherited }: Props) {
  const { t } = useTranslation();
  const { data } = useQuery(policiesQuery);
  const save = useMutation({ mutationFn: (choice: string) => choosePolicy(uri, choice === ABOVE ? "" : choice) });
  const above = { value: ABOVE, label: inherited ? t("files.storageAboveNow", { name: policy.name }) : t("files.storageAbove") };
  const choices = (data ?? [policy]).map(({ id, name }) => ({ value: id, label: name }));
  const chosen = inherited ? ABOVE : policy.id;
  return (
    <Select
      aria-label={t("files.storage")}
      description={t("files.storageHint")}
      inputWrapperOrder={["input", "description"]}
      size="xs"
      allowDeselect={false}
      data={[above, ...choices]}
      value={save.isPending ? save.variables : chosen}
      disabled={!data || save.isPending}
      onChange={(choice) => choice && choice !== chosen && save.mutate(choice)}
    />
  );
}
