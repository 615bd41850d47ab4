import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
  done: (yes?: boolean) => void;
}

export default function ConfirmDialog({ title, text, action, danger, done }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={() => done()} title={title} closeButtonProps={{ "aria-label": t("app.close") }}>
      <Stack>
        <Text style={{ overflowWrap: "anywhere", whiteSpace: "pre-line" }}>{text}</Text>
        <Group justify="end">
          <Button variant="default" onClick={() => done()}>
            {t("app.cancel")}
          </Button>
          <Button color={danger ? "red.9" : undefined} onClick={() => done(true)} data-autofocus>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
