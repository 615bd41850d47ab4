/** What the reader of a letter sees, with one's own name and a link that leads nowhere. */
import { Paper, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useAccount } from "@/api/use-account";
import classes from "../admin.module.css";
import { fill, unknownIn, type Values } from "./fill";
import type { Template } from "./templates";

interface Props {
  template: Template;
  read: (key: string) => string;
}

/** Everything that the server knows for a letter. */
function useValues(read: Props["read"]): Values {
  const me = useAccount()?.user;
  const home = (read("siteURL").split(/[\s,]+/).find(Boolean) ?? window.location.origin).replace(/\/+$/, "");
  // Pictures are taken from here: the address of the site may not be reached from this browser.
  const picture = (key: string) => new URL(read(key) || ".", window.location.origin).href;
  return {
    "CommonContext.SiteBasic.Name": read("siteName"),
    "CommonContext.SiteBasic.Title": read("siteTitle"),
    "CommonContext.SiteBasic.ID": read("siteID"),
    "CommonContext.SiteBasic.Description": read("siteDes"),
    "CommonContext.SiteBasic.Script": read("siteScript"),
    "CommonContext.Logo.Normal": picture("site_logo"),
    "CommonContext.Logo.Light": picture("site_logo_light"),
    "CommonContext.SiteUrl": home,
    "User.Nick": me?.nickname ?? "",
    "User.Email": me?.email ?? "",
    "User.ID": me?.id ?? "",
    "User.Storage": "0",
    Url: `${home}/session/example?secret=0123456789`,
  };
}

export function LetterPreview({ template, read }: Props) {
  const { t } = useTranslation();
  const values = useValues(read);
  // Drawn anew when the writer rests.
  const [{ language, title, body }] = useDebouncedValue(template, 300);
  const unknown = unknownIn(title + body, values);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {t("admin.preview")}
      </Text>
      <Paper withBorder className={classes.letter}>
        <Text size="sm" fw={600} p="xs" truncate>
          {fill(title, values, false)}
        </Text>
        {/* No script runs in it, no link leads out of it. */}
        <iframe className={classes.sheet} title={t("admin.previewIn", { language })} sandbox="" srcDoc={fill(body, values, true)} />
      </Paper>
      {unknown.length > 0 && (
        <Text size="xs" c="red.9" role="status">
          {t("admin.unknownNames", { names: unknown.join(", ") })}
        </Text>
      )}
    </Stack>
  );
}
