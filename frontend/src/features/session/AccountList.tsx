import { Button, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { accounts } from "@/api/accounts";
import { useAccounts } from "@/api/use-account";
import { queryClient } from "@/api/query-client";
import { router } from "@/shared/router";
import { UserAvatar } from "@/shared/UserAvatar";
import { safeTarget } from "./enter";
import { Heading } from "./parts";
import classes from "./accounts.module.css";

/** Accounts this browser knows; those whose session ended ask for the password again. */
export function AccountList({ redirect, onOther }: { redirect?: string; onOther: () => void }) {
  const { t } = useTranslation();
  const known = Object.values(useAccounts().accounts);
  const choose = (id: string, email: string, expired?: boolean) => {
    if (expired) return void router.navigate({ to: "/session", search: { redirect, email } });
    accounts.choose(id);
    queryClient.clear();
    const target = safeTarget(redirect);
    if (target) void router.navigate({ href: target } as never);
    else void router.navigate({ to: "/home", search: {} });
  };
  return (
    <>
      <Heading title={t("session.chooseAccount")} />
      <Stack gap={6}>
        {known.map(({ user, expired }) => (
          <UnstyledButton key={user.id} className={classes.account} onClick={() => choose(user.id, user.email ?? "", expired)}>
            <Group wrap="nowrap" gap="sm">
              <UserAvatar user={user} />
              <div style={{ minWidth: 0 }}>
                <Text fw={600} truncate>
                  {user.nickname}
                </Text>
                <Text size="sm" c="dimmed" truncate>
                  {expired ? t("session.signedOut") : user.email}
                </Text>
              </div>
            </Group>
          </UnstyledButton>
        ))}
        <Button mt="sm" variant="default" leftSection={<IconPlus size={18} />} onClick={onOther}>
          {t("session.otherAccount")}
        </Button>
      </Stack>
    </>
  );
}
