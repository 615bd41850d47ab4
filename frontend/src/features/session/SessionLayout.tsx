import { ActionIcon, Box, Group, Paper, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconMoon, IconSun } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "@/api/config";
import { Brand } from "@/shared/Brand";
import { LanguageButton } from "./parts";
import classes from "./session.module.css";

const LanguageMenu = lazy(() => import("./LanguageMenu"));

export function SessionLayout() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const login = useConfig("login");
  return (
    <div className={classes.page}>
      <Box component="header" className={classes.head}>
        <Brand />
        <Group gap={4}>
          <Suspense fallback={<LanguageButton />}>
            <LanguageMenu />
          </Suspense>
          <ActionIcon
            size="lg"
            aria-label={t(scheme === "dark" ? "app.light" : "app.dark")}
            onClick={() => setColorScheme(scheme === "dark" ? "light" : "dark")}
          >
            {scheme === "dark" ? <IconSun size={20} /> : <IconMoon size={20} />}
          </ActionIcon>
        </Group>
      </Box>
      <main id="main" className={classes.middle}>
        <Paper className={classes.card} radius="xl">
          <Suspense fallback={<Box mih={320} />}>
            <Outlet />
          </Suspense>
        </Paper>
      </main>
      <footer className={classes.foot}>
        {login?.tos_url && <a href={login.tos_url}>{t("session.terms")}</a>}
        {login?.privacy_policy_url && <a href={login.privacy_policy_url}>{t("session.privacy")}</a>}
      </footer>
    </div>
  );
}
