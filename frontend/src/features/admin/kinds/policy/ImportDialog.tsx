/** Takes over what lies in a storage already: asks what and for whom, tries it first, and shows what comes of it. */
import { Alert, Button, Group, Loader, Modal, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ask } from "@/ui/dialogs";
import { beginImport, importQuery } from "../../data/imports";
import type { PolicyRow } from "../../data/policies";
import { goesOn } from "../../data/tasks";
import { userQuery } from "../../data/users";
import { Form, type Field, type Values } from "../../form/Form";
import type { InputProps } from "../../form/types";
import { HowFar } from "../../list/HowFar";
import { PICKERS } from "../../list/pickers";
import { refusal } from "../../refusal";
import { State } from "../../words";
import { ImportReport } from "./ImportReport";

/** Answers `false`: what it did, it told. */
export const askImport = async (policy: PolicyRow) => {
  await ask((done) => <ImportDialog policy={policy} close={() => done()} />);
  return false;
};

const Person = ({ said, value, set }: InputProps) => <PICKERS.person label={said.label} value={String(value)} change={set} />;

const fieldsFor = (type: string, missing: string): Field[] => [
  { name: "user", said: "import_user", kind: "text", Input: Person, check: ({ user }) => (user ? undefined : missing) },
  { name: "src", said: type === "local" ? "import_folder" : "import_prefix", kind: "text", required: true },
  { name: "dst", said: "import_dst", kind: "text", required: true },
  { name: "recursive", said: "import_recursive", kind: "check" },
  { name: "owned", said: "import_owned", kind: "check" },
  { name: "dry_run", said: "import_dry_run", kind: "check" },
];

const FIRST: Values = { user: "", src: ".", dst: "/", recursive: true, owned: false, dry_run: true };

function ImportDialog({ policy, close }: { policy: PolicyRow; close: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [values, setValues] = useState(FIRST);
  const [task, setTask] = useState("");
  const begin = async (given: Values) => {
    const { user, src, dst, recursive, owned, dry_run } = given;
    const { hash_id } = await client.fetchQuery(userQuery(Number(user)));
    const body = { policy_id: policy.id, user_id: hash_id, src: String(src), dst: String(dst), recursive: Boolean(recursive), owned: Boolean(owned), dry_run: Boolean(dry_run), extract_media_meta: false };
    const { id } = await beginImport(body);
    setValues(given);
    setTask(id);
  };
  return (
    <Modal opened onClose={close} title={t("admin.import.title", { name: policy.name })} size="lg" closeButtonProps={{ "aria-label": t("app.close") }}>
      {task ? (
        <Came key={task} id={task} wasTrial={values.dry_run === true} again={() => begin({ ...values, dry_run: false })} back={() => setTask("")} close={close} />
      ) : (
        <Form fields={fieldsFor(policy.type, t("admin.import.whose"))} values={values} action={t("admin.import.begin")} submit={begin} />
      )}
    </Modal>
  );
}

interface CameProps {
  id: string;
  wasTrial: boolean;
  again: () => Promise<void>;
  back: () => void;
  close: () => void;
}

/** How far it is, and what came of it. */
function Came({ id, wasTrial, again, back, close }: CameProps) {
  const { t } = useTranslation();
  const { data: row } = useQuery(importQuery(id));
  const [error, setError] = useState("");
  if (!row) return <Loader />;
  const onward = () => again().catch((caught: unknown) => setError(refusal(caught)));
  const isOver = !goesOn(row);
  return (
    <Stack aria-live="polite">
      <State value={row.status} />
      {row.status === "processing" && <HowFar row={row} />}
      <ImportReport row={row} />
      {row.public_state.error && <Alert color="red">{row.public_state.error}</Alert>}
      {error && (
        <Alert color="red" role="alert">
          {error}
        </Alert>
      )}
      <Group justify="end">
        {isOver && (
          <Button variant="default" onClick={back}>
            {t("admin.import.back")}
          </Button>
        )}
        {isOver && wasTrial && row.status === "completed" ? (
          <Button onClick={() => void onward()}>{t("admin.import.onward")}</Button>
        ) : (
          <Button variant={isOver ? "filled" : "default"} onClick={close}>
            {t(isOver ? "app.close" : "admin.import.leave")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
