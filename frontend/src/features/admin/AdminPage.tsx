/** The console: running the site. One page a kind of thing, all of them in one chunk. */
import { Box, Center, Loader, NavLink, ScrollArea, Select, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { Navigate, useNavigate, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { May } from "@/api/bits";
import { useMay } from "@/api/use-account";
import { ScrolledPage } from "@/shared/ScrolledPage";
import { useTitle } from "@/ui/title";
import classes from "./admin.module.css";
import { PAGES } from "./pages";
import { useTexts } from "./texts";

export function AdminPage() {
  const may = useMay(May.administrate);
  const ready = useTexts();
  if (!ready)
    return (
      <Center h="60vh">
        <Loader />
      </Center>
    );
  // Somebody took the right away while the page was open.
  return may ? <Console /> : <Navigate to="/home" search={{}} />;
}

function Console() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { page } = useParams({ from: "/shell/admin/$page" });
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const shown = PAGES.find(({ id }) => id === page);
  const title = shown && t(`admin.pages.${shown.id}`);
  useTitle(title);
  if (!shown) return <Navigate to="/admin/$page" params={{ page: "overview" }} search={{}} replace />;
  const go = (to: string) => void navigate({ to: "/admin/$page", params: { page: to }, search: {} });
  const Page = shown.Page;
  return (
    <Box className={classes.console}>
      {!narrow && (
        <ScrollArea className={classes.side} component="nav" aria-label={t("admin.title")}>
          {PAGES.map(({ id, Icon }) => (
            <NavLink
              key={id}
              href={`/admin/${id}`}
              label={t(`admin.pages.${id}`)}
              leftSection={<Icon size={18} stroke={1.7} />}
              active={id === page}
              aria-current={id === page ? "page" : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey) return;
                event.preventDefault();
                go(id);
              }}
            />
          ))}
        </ScrollArea>
      )}
      <Box className={classes.page}>
      <ScrolledPage p={{ base: "md", sm: "lg" }}>
        {narrow && (
          <Select
            mb="md"
            label={t("admin.title")}
            data={PAGES.map(({ id }) => ({ value: id, label: t(`admin.pages.${id}`) }))}
            value={page}
            onChange={(to) => to && go(to)}
            allowDeselect={false}
          />
        )}
        <Title order={1} size="h3" mb="md">
          {title}
        </Title>
        <Page key={page} />
      </ScrolledPage>
      </Box>
    </Box>
  );
}
