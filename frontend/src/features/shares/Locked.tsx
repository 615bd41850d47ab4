/** What stands before a share: its password, or that it is no more. */
import { Button, Center, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconLinkOff, IconLock } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Code, hasCode } from "@/api/error";
import { shareUri } from "@/api/uri";
import { useAccount } from "@/api/use-account";
import type { Share } from "@/api/wire";
import { ButtonLink } from "@/ui/links";
import { shownName } from "@/ui/names";
import { errorText } from "@/shared/message";
import { UserAvatar } from "@/shared/UserAvatar";

export function Locked({ share, wrong }: { share: Share; wrong: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/home", search: { path: shareUri(share.id, password) } });
  };
  return (
    <Center mih="70vh" p="md">
      <Paper withBorder radius="xl" p="xl" w={400} maw="100%">
        <form onSubmit={submit}>
          <Stack>
            <Stack align="center" gap={6} ta="center">
              <UserAvatar user={share.owner} size="lg" />
              <Text c="dimmed">{t("shares.by", { name: share.owner.nickname })}</Text>
              <Title order={1} size="h4" style={{ overflowWrap: "anywhere" }}>
                {shownName(share.name)}
              </Title>
            </Stack>
            <PasswordInput
              label={t("shares.needsPassword")}
              leftSection={<IconLock size={17} />}
              error={wrong && t("shares.wrongPassword")}
              autoFocus
              required
              value={password}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit">{t("files.open")}</Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

export function Gone({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const account = useAccount();
  const needsAccount = hasCode(error, Code.anonymousDenied) && !account;
  return (
    <Center h="70vh" p="md">
      <Stack align="center" gap="xs" ta="center" role="alert">
        <IconLinkOff size={54} stroke={1.1} aria-hidden color="var(--mantine-color-dimmed)" />
        <Title order={1} size="h4">
          {hasCode(error, Code.notFound, Code.absent, Code.badRequest) ? t("shares.gone") : errorText(error)}
        </Title>
        <Text c="dimmed">{t("shares.goneHint")}</Text>
        {needsAccount && (
          <ButtonLink to="/session" search={{ redirect: location.pathname + location.search }}>
            {t("session.signIn")}
          </ButtonLink>
        )}
      </Stack>
    </Center>
  );
}
