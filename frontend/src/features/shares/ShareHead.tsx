/** Above a shared folder: whose it is, and what can be done with the whole. */
import { ActionIcon, Button, Group, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { parseUri, rootUri } from "@/api/uri";
import { type FileItem, FOLDER, type Share } from "@/api/wire";
import { download } from "@/shared/files/download";
import { pickFiles } from "@/shared/files/uploads";
import { formatTime } from "@/ui/format";
import { shownName } from "@/ui/names";
import { AnchorLink } from "@/ui/links";
import { UserAvatar } from "@/shared/UserAvatar";
import { mayAdd, mayRead } from "./audience";
import { SaveButton } from "./SaveButton";
import classes from "./share.module.css";

export function ShareHead({ share, uri }: { share: Share; uri: string }) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  const whole = { type: FOLDER, name: share.name, path: rootUri(uri) } as FileItem;
  const inside = parseUri(uri).query.size > 0 ? rootUri(uri) : uri;
  const actions = [
    mayAdd(share.permissions) && { label: t("shares.addFiles"), icon: IconUpload, run: () => pickFiles(inside) },
    mayRead(share.permissions) && { label: t("shares.downloadAll"), icon: IconDownload, run: () => void download([whole]) },
  ].filter((action) => !!action);
  return (
    <Group className={classes.head} justify="space-between" wrap="nowrap">
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        <UserAvatar user={share.owner} />
        <div style={{ minWidth: 0 }}>
          <Text component="h1" fw={650} truncate>
            {shownName(share.name)}
          </Text>
          <Text size="sm" c="dimmed" lineClamp={2}>
            <AnchorLink to="/profile/$id" params={{ id: share.owner.id }} size="sm" underline="always">
              {share.owner.nickname}
            </AnchorLink>
            {" · "}
            {t("shares.visits", { count: share.visited })}
            {share.expires && ` · ${t("shares.until", { time: formatTime(share.expires) })}`}
          </Text>
        </div>
      </Group>
      <Group gap="xs" wrap="nowrap">
        {actions.map(({ label, icon: Icon, run }) =>
          narrow ? (
            <ActionIcon key={label} size="lg" variant="default" aria-label={label} onClick={run}>
              <Icon size={18} />
            </ActionIcon>
          ) : (
            <Button key={label} variant="default" leftSection={<Icon size={18} />} onClick={run}>
              {label}
            </Button>
          ),
        )}
        <SaveButton share={share} uri={uri} narrow={narrow} />
      </Group>
    </Group>
  );
}
