/** The end of the wizard: the storage is tried, and the policy made. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { createPolicy, type SentPolicy, setCors, testPolicy } from "../../data/policies";
import { Facts } from "../../list/Detail";
import { word } from "../../words";
import { hasNoDriver, refusal } from "../../refusal";
import { inWords, isMeant } from "../../form/named";
import { type Asks, fieldsOf } from "./fields";
import { HAVE_CORS, isKind, kindOf } from "./kinds";
import { example } from "./variables";

interface Props {
  policy: SentPolicy;
  /** To a step before, by its number. */
  goTo: (step: number) => void;
  done: () => void;
}

export function TestStep({ policy, goTo, done }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState("");
  const [refused, setRefused] = useState("");
  const [warnings, setWarnings] = useState<string[]>([]);
  const { connection, files } = fieldsOfPolicy(policy);
  const words = (said: string) => inWords(said, [...connection, ...files]);
  const attempt = async (what: string, act: () => Promise<unknown>) => {
    setBusy(what);
    setRefused("");
    setWarnings([]);
    try {
      await act();
    } catch (caught) {
      setRefused(refusal(caught));
    } finally {
      setBusy("");
    }
  };
  const create = async () => {
    await createPolicy(policy);
    done();
  };
  const tryIt = async () => {
    const lacks = await testPolicy(policy);
    // What it goes without is read before it is made.
    if (lacks.length > 0) setWarnings(lacks);
    else await create();
  };
  return (
    <Stack>
      <Facts
        facts={[
          ["name", policy.name],
          ["kind", word(`policy_${kindOf(policy)}`)],
          ["server", policy.server],
          [kindOf(policy) === "webdav" ? "dav_folder" : "bucket", policy.bucket_name],
          ["example", example(policy.dir_name_rule ?? "", policy.file_name_rule ?? "", new Date())],
        ]}
      />
      <Text size="sm">{t("admin.policy.testHint")}</Text>
      {HAVE_CORS.includes(policy.type) && <Cors policy={policy} words={words} />}
      {refused && <Refused said={words(refused)} back={isMeant(refused, files) ? 2 : 1} goTo={goTo} busy={busy} createAnyway={() => void attempt("create", create)} />}
      {warnings.length > 0 && <Warned said={warnings} busy={busy} createAnyway={() => void attempt("create", create)} />}
      <Group justify="space-between">
        <Button variant="default" onClick={() => goTo(2)}>
          {t("admin.policy.back")}
        </Button>
        <Button loading={busy === "test"} disabled={busy !== ""} onClick={() => void attempt("test", tryIt)}>
          {t("admin.testAndCreate")}
        </Button>
      </Group>
    </Stack>
  );
}

/** What of a form a policy is about; of a kind that came later nothing is known. */
function fieldsOfPolicy(policy: SentPolicy): Pick<Asks, "connection" | "files"> {
  const kind = kindOf(policy);
  return isKind(kind) ? fieldsOf(kind) : { connection: [], files: [] };
}

interface RefusedProps {
  said: string;
  /** The step where that can be mended. */
  back: 1 | 2;
  goTo: (step: number) => void;
  busy: string;
  createAnyway: () => void;
}

/** What the server said, and what can be done about it. */
function Refused({ said, back, goTo, busy, createAnyway }: RefusedProps) {
  const { t } = useTranslation();
  return (
    <Alert color="red" role="alert" title={t("admin.policy.refused")}>
      <Stack gap="xs">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {said}
        </Text>
        <Text size="sm">{t(hasNoDriver(said) ? "admin.policy.noDriver" : "admin.policy.mend")}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => goTo(back)}>
            {t(back === 1 ? "admin.policy.toConnection" : "admin.policy.toFiles")}
          </Button>
          <CreateAnyway busy={busy} createAnyway={createAnyway} />
        </Group>
      </Stack>
    </Alert>
  );
}

/** It works, and not in every respect. */
function Warned({ said, busy, createAnyway }: Pick<RefusedProps, "busy" | "createAnyway"> & { said: string[] }) {
  const { t } = useTranslation();
  return (
    <Alert color="orange" role="status" title={t("admin.policy.warned")}>
      <Stack gap="xs">
        {said.map((text) => (
          <Text key={text} size="sm" style={{ overflowWrap: "anywhere" }}>
            {text}
          </Text>
        ))}
        <Group>
          <CreateAnyway busy={busy} createAnyway={createAnyway} />
        </Group>
      </Stack>
    </Alert>
  );
}

function CreateAnyway({ busy, createAnyway }: Pick<RefusedProps, "busy" | "createAnyway">) {
  const { t } = useTranslation();
  return (
    <Button size="xs" variant="default" loading={busy === "create"} disabled={busy !== ""} onClick={createAnyway}>
      {t("admin.policy.createAnyway")}
    </Button>
  );
}

/** Browsers send bytes straight to the bucket, which has to allow that. */
function Cors({ policy, words }: { policy: SentPolicy; words: (said: string) => string }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<{ said: string; isBad: boolean }>();
  const run = async () => {
    setBusy(true);
    try {
      await setCors(policy);
      setAnswer({ said: t("admin.policy.corsDone"), isBad: false });
    } catch (caught) {
      setAnswer({ said: words(refusal(caught)), isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs">
      <Text size="sm">{t("admin.policy.corsHint")}</Text>
      <Group>
        <Button size="xs" variant="default" loading={busy} onClick={() => void run()}>
          {t("admin.actions.cors")}
        </Button>
      </Group>
      {answer && (
        <Alert color={answer.isBad ? "red" : "teal"} role={answer.isBad ? "alert" : "status"}>
          {answer.said}
        </Alert>
      )}
    </Stack>
  );
}
