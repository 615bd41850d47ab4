import { Button, List, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { shownName } from "@/ui/names";

export type OnTaken = "keep" | "replace" | "skip";

interface Props {
  names: string[];
  /** What the first of them is called if both are kept. */
  beside?: string;
  mayReplace: boolean;
  done: (choice?: OnTaken) => void;
}

const MOST_NAMED = 6;

/** What to do with things whose names are taken where they go. */
export default function TakenDialog({ names, beside = "", mayReplace, done }: Props) {
  const { t } = useTranslation();
  const choices: [OnTaken, string][] = [
    ["keep", t("taken.keepText", { count: names.length, name: shownName(beside) })],
    ...(mayReplace ? [["replace", t("taken.replaceText")] as [OnTaken, string]] : []),
    ["skip", t("taken.skipText")],
  ];
  return (
    <Modal opened onClose={() => done()} title={t("taken.title")} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <Text size="sm">{t("taken.text", { count: names.length })}</Text>
        <List size="sm" withPadding>
          {names.slice(0, MOST_NAMED).map((name) => (
            <List.Item key={name} style={{ overflowWrap: "anywhere" }}>
              {shownName(name)}
            </List.Item>
          ))}
          {names.length > MOST_NAMED && <List.Item>{t("taken.more", { count: names.length - MOST_NAMED })}</List.Item>}
        </List>
        <Stack gap="xs">
          {choices.map(([choice, text], at) => (
            <Button
              key={choice}
              variant={at === 0 ? "filled" : "default"}
              h="auto"
              py={9}
              justify="start"
              styles={{ label: { whiteSpace: "normal", textAlign: "start" } }}
              data-autofocus={at === 0 || undefined}
              onClick={() => done(choice)}
            >
              <span>
                <Text span fw={600} display="block">
                  {t(`taken.${choice}`)}
                </Text>
                <Text span size="sm" display="block" style={{ fontWeight: 400 }}>
                  {text}
                </Text>
              </span>
            </Button>
          ))}
          <Button variant="subtle" color="gray" c="var(--mantine-color-text)" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
        </Stack>
      </Stack>
    </Modal>
  );
}
