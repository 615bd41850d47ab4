import { Button, Center, Code, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

export function LostPage() {
  const { t } = useTranslation();
  return (
    <Center h="100dvh" component="main" id="main" p="md">
      <Stack align="center" gap="sm" ta="center">
        <Title order={1} size="h2">{t("app.lost")}</Title>
        <Text c="dimmed">{t("app.lostHint")}</Text>
        <Button component="a" href="/">
          {t("app.toFiles")}
        </Button>
      </Stack>
    </Center>
  );
}

export function CrashPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Center h="100dvh" component="main" id="main" p="md">
      <Stack align="center" gap="sm">
        <Title order={1} size="h2">
          {t("app.crashed")}
        </Title>
        <Code block>{error instanceof Error ? error.message : String(error)}</Code>
        <Button onClick={() => location.reload()}>{t("app.reload")}</Button>
      </Stack>
    </Center>
  );
}
