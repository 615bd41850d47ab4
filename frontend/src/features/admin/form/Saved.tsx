/** What became of a form that is saved already: it is looked whether that is of use, and said where it was written. */
import { Alert, Button, Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export interface Checked {
  /** Tells one from another. */
  number: number;
  /** What is looked at, and what is wrong if it is of no use. */
  says: { asks: string; works: string; fails: string; hint: string };
  /** Answers what is well, or fails with what is not. */
  answer: Promise<string>;
  isKnown: () => boolean;
}

type Outcome = { good: string } | { bad: string };

export function Saved({ checked: { says, answer }, close }: { checked: Checked; close: () => void }) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>();
  const here = useRef<HTMLDivElement>(null);
  // Below a long form nobody would see it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it grows with what is known
  useEffect(() => {
    here.current?.scrollIntoView({ block: "nearest" });
  }, [outcome]);
  useEffect(() => {
    let shown = true;
    const tell = (known: Outcome) => shown && setOutcome(known);
    void answer.then((good) => tell({ good })).catch((why: Error) => tell({ bad: why.message }));
    return () => void (shown = false);
  }, [answer]);
  return (
    <Alert
      ref={here}
      mt="md"
      c="var(--mantine-color-text)"
      styles={{ title: { color: "var(--mantine-color-text)" } }}
      role={outcome && "bad" in outcome ? "alert" : "status"}
      color={!outcome ? "gray" : "bad" in outcome ? "red" : "teal"}
      icon={!outcome ? <Loader size={16} aria-hidden /> : "bad" in outcome ? <IconAlertTriangle size={18} /> : <IconCircleCheck size={18} />}
      title={!outcome ? says.asks : "bad" in outcome ? says.fails : says.works}
    >
      {outcome && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {"bad" in outcome ? outcome.bad : outcome.good}
        </Text>
      )}
      {outcome && "bad" in outcome && (
        <Text size="sm" mt={4}>
          {says.hint}
        </Text>
      )}
      <Group justify="end" mt="xs">
        <Button size="xs" variant="default" onClick={close}>
          {t("app.close")}
        </Button>
      </Group>
    </Alert>
  );
}
