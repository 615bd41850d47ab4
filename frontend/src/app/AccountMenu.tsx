import { ActionIcon, Group, type MantineColorScheme, Menu, Text, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconPlus, IconSettings, IconSun, IconTool, IconUser } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { accounts } from "@/api/accounts";
import { endSession } from "@/features/session/data/sign-out";
import { May } from "@/api/bits";
import { useAccount, useAccounts, useMay } from "@/api/use-account";
import { UserAvatar } from "@/shared/UserAvatar";
import { queryClient } from "@/api/query-client";

const SCHEMES = [
  ["light", IconSun],
  ["dark", IconMoon],
  ["auto", IconDeviceDesktop],
] as const;

export function AccountMenu() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const account = useAccount();
  const administers = useMay(May.administrate);
  const others = Object.values(useAccounts().accounts).filter(({ user }) => user.id !== account?.user.id);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!account) return null;
  const { user } = account;

  const leave = async () => {
    // The server may be away: signing out here holds anyway.
    await endSession(account.token.refresh_token).catch(() => {});
    queryClient.clear();
    accounts.remove(user.id);
    await navigate({ to: accounts.current() ? "/home" : "/session", search: {} });
  };
  const change = async (id: string, email: string, expired?: boolean) => {
    queryClient.clear();
    if (expired) return await navigate({ to: "/session", search: { email } });
    accounts.choose(id);
    await navigate({ to: "/home", search: {} });
  };

  return (
    <Menu position="bottom-end" width={270}>
      <Menu.Target>
        <ActionIcon size={40} radius="xl">
          <UserAvatar user={user} size={34} />
          <VisuallyHidden>{t("app.account", { name: user.nickname })}</VisuallyHidden>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Group wrap="nowrap" p="sm" gap="sm">
          <UserAvatar user={user} />
          <div style={{ minWidth: 0 }}>
            <Text fw={650} truncate>
              {user.nickname}
            </Text>
            <Text size="sm" c="dimmed" truncate>
              {user.email}
            </Text>
          </div>
        </Group>
        <Menu.Divider />
        <Menu.Item leftSection={<IconSettings size={18} />} onClick={() => void navigate({ to: "/settings", search: {} })}>
          {t("settings.title")}
        </Menu.Item>
        <Menu.Item leftSection={<IconUser size={18} />} onClick={() => void navigate({ to: "/profile/$id", params: { id: user.id } })}>
          {t("app.profile")}
        </Menu.Item>
        {administers && (
          <Menu.Item leftSection={<IconTool size={18} />} onClick={() => void navigate({ to: "/admin/$page", params: { page: "overview" }, search: {} })}>
            {t("app.admin")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>{t("app.theme")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}>
          {SCHEMES.map(([scheme, Icon]) => (
            <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick={false} rightSection={<Icon size={18} aria-hidden />}>
              {t(`app.schemes.${scheme}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        {others.map(({ user: other, expired }) => (
          <Menu.Item key={other.id} leftSection={<UserAvatar user={other} size={24} />} onClick={() => void change(other.id, other.email ?? "", expired)}>
            {other.nickname}
            {expired && ` (${t("session.signedOut")})`}
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<IconPlus size={18} />} onClick={() => void navigate({ to: "/session", search: { email: "" } })}>
          {t("session.otherAccount")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => void leave()}>
          {t("app.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
