/** Where new files of a folder are kept, for those who may choose. */
import { Button, Select, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { May } from "@/api/bits";
import { nameOf } from "@/api/uri";
import { useMay } from "@/api/use-account";
import { tellFailure } from "@/shared/files/failure";
import { showDone } from "@/shared/message";
import { ask } from "@/ui/dialogs";
import { choosePolicy, policiesQuery, relocateFiles } from "../data/policies";

const ConfirmDialog = lazy(() => import("@/shared/ConfirmDialog"));

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
  const [moving, setMoving] = useState(false);
  const move = async () => {
    // From the click on, so that a second one finds it busy.
    setMoving(true);
    try {
      const text = t("files.storageMoveText", { name: policy.name });
      if (!(await ask<boolean>((done) => <ConfirmDialog title={t("files.storageMove")} text={text} action={t("files.storageMoveBegin")} done={done} />))) return;
      await relocateFiles([uri], policy.id);
      showDone(t("files.storageMoving", { name: policy.name }));
    } catch (error) {
      tellFailure(error);
    } finally {
      setMoving(false);
    }
  };
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
        // Until a choice is saved, the storage before it would be moved to.
        <Button size="compact-xs" variant="light" loading={moving} disabled={save.isPending} onClick={() => void move()} style={{ alignSelf: "start" }}>
          {t("files.storageMove")}
        </Button>
      )}
    </Stack>
  );
}
