/** Viewers of other sites, by the address the administrator gave, in a frame that cannot reach this page. */
import { Button, Center, Loader, Text, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "@/api/keys";
import { useAccount } from "@/api/use-account";
import type { Viewer } from "@/api/wire";
import { linkTo } from "@/shared/data/links";
import { errorText } from "@/shared/message";
import { Consent } from "./Consent";
import { fillTemplate, hostOf, isTrusted, trust, viewerName } from "@/shared/viewers";
import type { ViewerProps } from "./ViewerHost";
import classes from "./viewers.module.css";

const SANDBOX = "allow-scripts allow-forms allow-popups allow-same-origin allow-downloads allow-modals";

export default function FrameViewer({ file, version, viewer, close }: ViewerProps & { viewer: Viewer }) {
  const { t } = useTranslation();
  const account = useAccount();
  const dark = useComputedColorScheme("light") === "dark";
  const host = hostOf(viewer);
  const who = account?.user.id ?? "";
  const [agreed, setAgreed] = useState(() => isTrusted(viewer, who));
  const address = useQuery({
    // No link is made before somebody wants it to be given away.
    enabled: agreed,
    queryKey: keys.frame(viewer.id, file, version),
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
  if (!agreed && host)
    return (
      <Consent
        file={file}
        version={version}
        name={viewerName(viewer, t)}
        host={host}
        agree={(always) => {
          if (always) trust(viewer, who);
          setAgreed(true);
        }}
      />
    );
  if (!host || (address.data && !safe))
    return (
      <Center flex={1}>
        <Text role="alert">{t("viewers.badAddress")}</Text>
      </Center>
    );
  if (!address.data) return <Center flex={1}>{address.error ? <Text role="alert">{errorText(address.error)}</Text> : <Loader />}</Center>;
  if (viewer.props?.openInNew === "true")
    return (
      <Center flex={1}>
        <Button component="a" href={address.data} target="_blank" rel="noopener noreferrer">
          {t("viewers.openIn", { name: viewerName(viewer, t) })}
        </Button>
      </Center>
    );
  return (
    <>
      <iframe className={classes.stage} title={viewerName(viewer, t)} src={address.data} sandbox={SANDBOX} referrerPolicy="no-referrer" style={{ border: 0, width: "100%" }} />
      {/* Keys pressed in the frame are its own. Tab leaves it at its end, and would go on behind this page. */}
      <Button className={classes.leave} size="xs" onClick={close}>
        {t("viewers.leave", { name: viewerName(viewer, t) })}
      </Button>
    </>
  );
}
