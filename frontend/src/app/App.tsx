import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import { useConfig } from "@/api/config";
import { taskNotices } from "@/shared/task-notices";
import { Dialogs } from "@/ui/dialogs";
import { nameSite } from "@/ui/title";
import { queryClient } from "@/api/query-client";
import { router } from "./router";
import { themeOf, variables } from "./theme";

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Themed />
    </QueryClientProvider>
  );
}

function Themed() {
  const account = useAccount();
  const config = useConfig("basic");
  const { t } = useTranslation();
  const accent = account?.user.preferred_theme || config?.default_theme || "#2f5fd0";
  const close = t("app.close");
  const theme = useMemo(() => themeOf(accent, close), [accent, close]);
  useEffect(() => {
    if (config?.title) nameSite(config.title);
  }, [config?.title]);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <a className="skip-link" href="#main">
        {t("app.skip")}
      </a>
      <RouterProvider router={router} />
      <Dialogs />
      <Notifications position="bottom-left" limit={2} pauseResetOnHover="notification" aria-live="polite" />
      <Notifications store={taskNotices} position="bottom-right" limit={2} pauseResetOnHover="notification" aria-live="polite" />
    </MantineProvider>
  );
}
