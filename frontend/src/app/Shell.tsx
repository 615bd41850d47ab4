/** The frame around every signed-in page, and around shares for visitors. */
import { ActionIcon, AppShell, Burger, Group, Tooltip } from "@mantine/core";
import { useDisclosure, useHotkeys, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { IconCommand, IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useLocation, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ButtonLink } from "@/ui/links";
import { configQuery } from "@/api/config";
import { accounts } from "@/api/accounts";
import { useAccount } from "@/api/use-account";
import { SearchBar } from "@/features/files/SearchBar";
import { Sidebar } from "@/features/files/Sidebar";
import { TasksSlot } from "@/features/tasks/TasksSlot";
import { UploadSlot } from "@/features/uploads/UploadSlot";
import { Brand, Mark } from "@/shared/Brand";
import { followAccount } from "@/shared/languages";
import { AccountMenu } from "./AccountMenu";
import { OfflineBar } from "./OfflineBar";
import classes from "./shell.module.css";

const CommandPalette = lazy(() => import("@/features/files/CommandPalette"));

export function Shell() {
  const { t } = useTranslation();
  const [menu, { toggle, close }] = useDisclosure();
  const [palette, setPalette] = useState(false);
  const [searching, setSearching] = useState(false);
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const account = useAccount();
  const location = useLocation();
  const { path } = useSearch({ strict: false }) as { path?: string };
  const searched = !!path?.includes("?");
  const basic = useQuery(configQuery("basic"));
  // What was remembered from last time tells nothing new.
  const user = basic.isPlaceholderData ? undefined : basic.data?.user;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes whenever the address changes
  useEffect(() => {
    close();
  }, [location.href, close]);
  const id = account?.user.id;
  useEffect(() => {
    if (!id || user?.id !== id) return;
    // What was changed elsewhere since signing in, such as rights or the language, shows here.
    void followAccount(id, accounts.current()?.user.language, user.language);
    accounts.update(id, user);
  }, [user, id]);
  useHotkeys([
    ["mod+K", () => setPalette(true)],
    ["/", () => (narrow ? setSearching(true) : document.querySelector<HTMLInputElement>("[data-search]")?.focus())],
  ]);

  return (
    <AppShell
      header={{ height: 60 }}
      navbar={account ? { width: 264, breakpoint: "sm", collapsed: { mobile: !menu } } : undefined}
      padding={0}
      classNames={{ header: classes.header, navbar: classes.navbar, main: classes.main }}
      withBorder={false}
    >
      <AppShell.Header>
        <div className={classes.bar}>
          <Group gap="sm" wrap="nowrap" className={classes.brand}>
            {account && <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" ml={-6} aria-label={t("app.menu")} />}
            <Link to={account ? "/home" : "/"} search={{}} className={classes.home} aria-label={narrow ? t("app.home") : undefined}>
              {narrow ? <Mark size={30} /> : <Brand />}
            </Link>
          </Group>
          <div className={classes.search}>
            {account && (!narrow || searching || searched) && <SearchBar onDone={() => setSearching(false)} focus={searching} />}
          </div>
          <Group gap={6} wrap="nowrap">
            {account && narrow && !searching && !searched && (
              <ActionIcon size="lg" aria-label={t("search.label")} onClick={() => setSearching(true)}>
                <IconSearch size={20} />
              </ActionIcon>
            )}
            {account && !narrow && (
              <Tooltip label={`${t("palette.label")} (Ctrl K)`}>
                <ActionIcon size="lg" aria-label={t("palette.label")} onClick={() => setPalette(true)}>
                  <IconCommand size={20} />
                </ActionIcon>
              </Tooltip>
            )}
            <TasksSlot />
            <UploadSlot />
            {account ? (
              <AccountMenu />
            ) : (
              <ButtonLink to="/session" search={{ redirect: location.href }} size="sm">
                {t("session.signIn")}
              </ButtonLink>
            )}
          </Group>
        </div>
      </AppShell.Header>
      {account && (
        <AppShell.Navbar>
          <Sidebar />
        </AppShell.Navbar>
      )}
      <AppShell.Main id="main" tabIndex={-1}>
        <div className={classes.panel}>
          <OfflineBar />
          <div className={classes.page}>
            <Outlet />
          </div>
        </div>
      </AppShell.Main>
      {palette && (
        <Suspense fallback={null}>
          <CommandPalette onClose={() => setPalette(false)} />
        </Suspense>
      )}
    </AppShell>
  );
}
