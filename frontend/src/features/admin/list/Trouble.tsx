/** Something could not be read; it can be tried again. */
import { Alert, Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { refusal } from "../refusal";

export function Trouble({ error, again }: { error: unknown; again: () => Promise<unknown> }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" role="alert">
      <Group justify="space-between">
        {refusal(error)}
        <Button size="xs" variant="default" onClick={() => void again()}>
          {t("admin.again")}
        </Button>
      </Group>
    </Alert>
  );
}
