/** Viewers of other sites, by the address the administrator gave, in a frame that cannot reach this page. */
import { Button, Center, Loader, Text, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { call } from "@/api/client";
import { useAccount } from "@/api/use-account";
import type { Viewer } from "@/api/wire";
import { linkTo } from "@/features/files/actions";
import { errorText } from "@/ui/message";
import { fillTemplate, viewerName } from "./registry";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

const SANDBOX = "allow-scripts allow-forms allow-popups allow-same-origin allow-downloads allow-modals";

export default function FrameViewer(props: ViewerProps & { viewer: Viewer }) {
  return props.viewer.type === "wopi" ? <Wopi {...props} /> : <Custom {...props} />;
}

function Custom({ file, version, tools, viewer }: ViewerProps & { viewer: Viewer }) {
  const { t } = useTranslation();
  const account = useAccount();
  const dark = useComputedColorScheme("light") === "dark";
  const address = useQuery({
    queryKey: ["frame", viewer.id, file.path, version ?? file.primary_entity],
    queryFn: async () => {
      const source = await linkTo(file, { entity: version });
      return fillTemplate(viewer.url ?? "", {
        src: encodeURIComponent(source),
        src_raw: source,
        src_raw_base64: btoa(source),
        name: encodeURIComponent(file.name),
        version: version ?? file.primary_entity,
        id: file.id,
        user_id: account?.user.id ?? "",
        user_display_name: encodeURIComponent(account?.user.nickname ?? ""),
        theme: dark ? "dark" : "light",
        dark: String(dark),
      });
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  // Only pages of the web: an address cannot run anything in this one.
  const safe = address.data && /^https?:\/\//.test(address.data) && new URL(address.data).origin !== location.origin;
  return (
    <>
      {tools(null)}
      {!address.data ? (
        <Center flex={1}>{address.error ? <Text role="alert">{errorText(address.error)}</Text> : <Loader />}</Center>
      ) : !safe ? (
        <Center flex={1}>
          <Text role="alert">{t("viewers.badAddress")}</Text>
        </Center>
      ) : viewer.props?.openInNew === "true" ? (
        <Center flex={1}>
          <Button component="a" href={address.data} target="_blank" rel="noopener noreferrer">
            {t("viewers.openIn", { name: viewerName(viewer, t) })}
          </Button>
        </Center>
      ) : (
        <iframe className={classes.stage} title={viewerName(viewer, t)} src={address.data} sandbox={SANDBOX} referrerPolicy="no-referrer" style={{ border: 0, width: "100%" }} />
      )}
    </>
  );
}

interface Session {
  session: { access_token: string; expires: number };
  wopi_src?: string;
}

function Wopi({ file, version, tools, viewer }: ViewerProps & { viewer: Viewer }) {
  const { t, i18n } = useTranslation();
  const dark = useComputedColorScheme("light") === "dark";
  const name = useId();
  const form = useRef<HTMLFormElement>(null);
  const made = useQuery({
    queryKey: ["wopi", viewer.id, file.path, version],
    queryFn: () => call<Session>("PUT", "/file/viewerSession", { json: { uri: file.path, version, viewer_id: viewer.id, preferred_action: file.owned ? "edit" : "view" } }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  });
  const source = made.data?.wopi_src;
  useEffect(() => {
    if (source) form.current?.submit();
  }, [source]);
  const action = source?.replaceAll("=lng", `=${i18n.language}`).replaceAll("=darkmode", `=${dark ? 2 : 1}`);
  return (
    <>
      {tools(null)}
      {!made.data ? (
        <Center flex={1}>{made.error ? <Text role="alert">{errorText(made.error)}</Text> : <Loader />}</Center>
      ) : (
        <>
          <form ref={form} method="post" action={action} target={name} hidden>
            <input name="access_token" defaultValue={made.data.session.access_token} />
            <input name="access_token_ttl" defaultValue={made.data.session.expires} />
          </form>
          <iframe className={classes.stage} name={name} title={viewerName(viewer, t)} sandbox={SANDBOX} allow="clipboard-read; clipboard-write; fullscreen" style={{ border: 0, width: "100%" }} />
        </>
      )}
    </>
  );
}
