/** Where new files of a folder are kept, for those who may choose. */
import { Button, Select, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { May } from "@/api/bits";
import { nameOf } from "@/api/uri";
import { useMay } from "@/api/use-account";
import { tellFailure } from "@/shared/files/failure";
import { showDone } from "@/shared/message";
import { choosePolicy, policiesQuery, relocateFiles } from "../data/policies";

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
  const save = useMutation({ mutationFn: (choice: string) => choosePolicy(uri, choice === ABOVE ? "" : choice), onError: tellFailure });
  const mayMove = useMay(May.relocate);
  const move = useMutation({
    mutationFn: () => relocateFiles([uri], policy.id),
    onSuccess: () => showDone(t("files.storageMoving", { name: policy.name })),
    onError: tellFailure,
  });
  // Above one's own root is what the group has.
  const usual = nameOf(uri) ? "files.storageAbove" : "files.storageUsual";
  const above = { value: ABOVE, label: inherited ? t(`${usual}Now`, { name: policy.name }) : t(usual) };
  const choices = (data ?? [policy]).map(({ id, name }) => ({ value: id, label: name }));
  const chosen = inherited ? ABOVE : policy.id;
  return (
    <Stack gap="xs" align="stretch">
      <Select
        aria-label={t("files.storage")}
        description={t("files.storageHint")}
        inputWrapperOrder={["input", "description"]}
        size="sm"
        allowDeselect={false}
        data={[above, ...choices]}
        value={save.isPending ? save.variables : chosen}
        disabled={!data || save.isPending}
        onChange={(choice) => choice && choice !== chosen && save.mutate(choice)}
      />
      {mayMove && (
        <Button size="compact-xs" variant="light" loading={move.isPending} onClick={() => move.mutate()} style={{ alignSelf: "start" }}>
          {t("files.storageMove")}
        </Button>
      )}
    </Stack>
  );
}
