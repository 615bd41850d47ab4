/** A new policy, step by step: what kind of storage, how it is reached, which files, and whether it works. */
import { Alert, Modal, Stack, Stepper, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ask } from "@/ui/dialogs";
import classes from "../../admin.module.css";
import { isMaster, nodesQuery } from "../../data/nodes";
import { policiesQuery, type SentPolicy } from "../../data/policies";
import type { Value, Values } from "../../form/types";
import { word } from "../../words";
import { freeName, newPolicy } from "./defaults";
import { FieldsStep } from "./FieldsStep";
import { fieldsOf } from "./fields";
import { KindStep } from "./KindStep";
import { isKind, kindOf, type PolicyKind } from "./kinds";
import { canBeMember, LEAST } from "./mirror";
import { TestStep } from "./TestStep";
import { policyOf, valuesOf } from "./values";

const STEPS = ["kind", "connection", "files", "test"] as const;

/** Resolves to whether a policy was made. */
export const askPolicy = async () => Boolean(await ask<boolean>((done) => <Wizard done={done} />));

function Wizard({ done }: { done: (made?: boolean) => void }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const [step, setStep] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  // What was pressed is gone with its step.
  useEffect(() => {
    if (step > 0) heading.current?.focus();
  }, [step]);
  return (
    <Modal opened onClose={() => done()} title={t("admin.newPolicy")} size="xl" fullScreen={narrow} radius={narrow ? 0 : undefined} closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <Stepper active={step} size="sm" allowNextStepsSelect={false} onStepClick={setStep} wrap={false}>
          {STEPS.map((id, at) => {
            const label = t(`admin.policy.steps.${id}`);
            return <Stepper.Step key={id} {...(narrow ? { "aria-label": `${at + 1} ${label}` } : { label })} aria-current={at === step ? "step" : undefined} />;
          })}
        </Stepper>
        <Text component="h3" fw={600} ref={heading} tabIndex={-1} className={classes.question}>
          {t(`admin.policy.questions.${STEPS[step]}`)}
        </Text>
        <Steps step={step} setStep={setStep} done={() => done(true)} />
      </Stack>
    </Modal>
  );
}

interface StepsProps {
  step: number;
  setStep: (step: number) => void;
  done: () => void;
}

function Steps({ step, setStep, done }: StepsProps) {
  const { t } = useTranslation();
  const nodes = useQuery(nodesQuery).data;
  const policies = useQuery(policiesQuery).data;
  const [begun, setBegun] = useState<SentPolicy>();
  const [values, setValues] = useState<Values>({});
  const said = begun && kindOf(begun);
  const kind = said && isKind(said) ? said : undefined;
  const choose = (chosen: PolicyKind) => {
    if (chosen !== kind) {
      const fresh = newPolicy(chosen, freeName(word(`policy_${chosen}`), policies?.rows.map(({ name }) => name) ?? []));
      const { connection, files } = fieldsOf(chosen);
      setBegun(fresh);
      setValues(valuesOf([...connection, ...files], fresh));
    }
    setStep(1);
  };
  if (!begun || !kind || step === 0) return <KindStep chosen={kind} choose={choose} />;
  const { connection, files } = fieldsOf(kind);
  const lacks = kind === "remote" && nodes?.every(isMaster) ? "admin.policy.noNodes" : kind === "mirror" && policies && policies.rows.filter(canBeMember).length < LEAST ? "admin.policy.noMembers" : undefined;
  const set = (name: string, value: Value) => setValues((before) => ({ ...before, [name]: value }));
  // What keeps no bytes is not asked about names and sizes.
  const isShort = files.length === 0;
  const props = { values, set, back: () => setStep(step - 1), next: () => setStep(isShort ? 3 : step + 1) };
  const missing = lacks && <Alert>{t(lacks)}</Alert>;
  if (step === 1) return <FieldsStep key="connection" {...props} fields={connection} missing={missing} />;
  if (step === 2) return <FieldsStep key="files" {...props} fields={files} />;
  return <TestStep policy={policyOf([...connection, ...files], values, begun)} goTo={(to) => setStep(isShort ? Math.min(to, 1) : to)} done={done} />;
}
