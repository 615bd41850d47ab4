/** A new storage policy, step by step: what, how to reach it, what goes there; tried before it is made. */
import { Alert, Button, Card, Group, Modal, SimpleGrid, Stack, Stepper, Text, UnstyledButton } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "@/shared/message";
import { ask } from "@/ui/dialogs";
import { nodesQuery } from "../../data/nodes";
import { createPolicy, testPolicy } from "../../data/policies";
import { Fields, type Values } from "../../form/Form";
import { word } from "../../words";
import { sentOf } from "./values";
import { connection, content, fresh, KINDS, type PolicyKind } from "./vendors";

/** Resolves to whether one was made. */
export const askPolicy = async () => Boolean(await ask<boolean>((done) => <Wizard done={done} />));

function Wizard({ done }: { done: (made?: boolean) => void }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const { data: nodes = [] } = useQuery(nodesQuery);
  const [step, setStep] = useState(0);
  const [values, setValues] = useState<Values>(fresh("local"));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const kind = values.type as PolicyKind;
  const set = (name: string, value: Values[string]) => setValues((before) => ({ ...before, [name]: value }));
  const choices = nodes.filter(({ type }) => type !== "master").map(({ id, name }) => ({ value: String(id), label: name }));
  const reach = connection(kind, (key) => t(`admin.vendor.${key}`), choices);
  const steps = [[], [{ name: "name", kind: "text", required: true } as const, ...reach], content(kind)];
  const make = async (tries: boolean) => {
    setBusy(true);
    setError(undefined);
    try {
      const policy = sentOf(values, {});
      if (tries) await testPolicy(policy);
      await createPolicy(policy);
      done(true);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const go = (to: number) => {
    setError(undefined);
    setStep(to);
  };
  const chosen = (next: PolicyKind) => {
    setValues((before) => ({ ...fresh(next), name: before.name ?? "" }));
    go(1);
  };
  return (
    <Modal opened onClose={() => done()} title={t("admin.newPolicy")} size="xl" fullScreen={narrow} closeButtonProps={{ "aria-label": t("app.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (step < 2) go(step + 1);
          else void make(true);
        }}
      >
        <Stack>
          <Stepper active={step} onStepClick={(to) => to < step && go(to)} size={narrow ? "xs" : "sm"} iconSize={narrow ? 24 : undefined} wrap={false}>
            {(["kind", "connection", "content"] as const).map((id, at) => (
              <Stepper.Step key={id} label={t(`admin.steps.${id}`)} allowStepSelect={at < step} />
            ))}
          </Stepper>
          {step === 0 ? <Kinds choose={chosen} /> : <Fields fields={steps[step] ?? []} values={values} set={set} />}
          {error !== undefined && (
            <Alert ref={(alert) => alert?.scrollIntoView({ block: "nearest" })} color="red" role="alert" title={t("admin.notTried")}>
              <Stack align="start" gap="xs">
                <Text size="sm">{errorText(error)}</Text>
                <Button variant="default" size="xs" loading={busy} onClick={() => void make(false)}>
                  {t("admin.createAnyway")}
                </Button>
              </Stack>
            </Alert>
          )}
          {step > 0 && (
            <Group justify="space-between">
              <Button variant="default" onClick={() => go(step - 1)}>
                {t("admin.back")}
              </Button>
              <Button type="submit" loading={busy}>
                {t(step < 2 ? "admin.next" : "admin.testAndCreate")}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Modal>
  );
}

function Kinds({ choose }: { choose: (kind: PolicyKind) => void }) {
  const { t } = useTranslation();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      {KINDS.map((kind) => (
        <UnstyledButton key={kind} type="button" onClick={() => choose(kind)}>
          <Card withBorder padding="sm" h="100%">
            <Text fw={600}>{word(`policy_${kind}`)}</Text>
            <Text size="sm" c="dimmed">
              {t(`admin.about_policy.${kind}`)}
            </Text>
          </Card>
        </UnstyledButton>
      ))}
    </SimpleGrid>
  );
}
