import { ActionIcon, Box, Group, Menu, Paper, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { IconLanguage, IconMoon, IconSun } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { chooseLanguage, LANGUAGES } from "@/app/i18n";
import { useConfig } from "@/api/config";
import { Brand } from "@/ui/Brand";
import classes from "./session.module.css";

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
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon size="lg" aria-label={t("app.language")}>
                <IconLanguage size={20} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {Object.entries(LANGUAGES).map(([tag, name]) => (
                <Menu.Item key={tag} lang={tag} onClick={() => void chooseLanguage(tag)}>
                  {name}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
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
          <Outlet />
        </Paper>
      </main>
      <footer className={classes.foot}>
        {login?.tos_url && <a href={login.tos_url}>{t("session.terms")}</a>}
        {login?.privacy_policy_url && <a href={login.privacy_policy_url}>{t("session.privacy")}</a>}
      </footer>
    </div>
  );
}
