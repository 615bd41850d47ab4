import { ActionIcon, Button, Loader, Menu, Text, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconDots, IconX } from "@tabler/icons-react";
import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem } from "@/api/wire";
import { formatBytes } from "@/ui/format";
import { ignoreSecondClick } from "@/ui/second-click";
import { useActions } from "./menu-items";
import { files as picks } from "@/shared/files/store";
import classes from "./files.module.css";

interface Props {
  items: readonly FileItem[];
  open: (file: FileItem) => void;
  /** How many entries have been read of a folder that is to be selected as a whole. */
  read?: number;
}

/** The bar may be gone after it, and the path is what a second click would hit. */
const once = (run: () => void) => (event: MouseEvent) => {
  ignoreSecondClick(event);
  run();
};

/**
 * How many are chosen, and what is most often done with them. It stands where the path does: what
 * came up over the list would lie under the pointer that has chosen, and take its next click.
 */
export function SelectionBar({ items, open, read }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 79em)");
  const tight = useMediaQuery("(max-width: 90em)");
  const actions = useActions(items, open);
  if (read !== undefined)
    return (
      <div className={classes.selection} role="toolbar" aria-label={t("files.selection")}>
        <Loader size="xs" mx="xs" />
        <Text size="sm" fw={600} mr="sm" role="status">
          {t("files.gathering", { count: read })}
        </Text>
        <Button size="compact-sm" variant="subtle" color="gray" c="var(--mantine-color-text)" onClick={() => picks.clear()}>
          {t("app.cancel")}
        </Button>
      </div>
    );
  const bytes = items.reduce((sum, item) => sum + item.size, 0);
  // Renaming is the one that is found quickest in the menu.
  const shown = actions.filter((action) => action.prominent && !(tight && action.id === "rename"));
  const hidden = actions.filter((action) => !shown.includes(action));
  return (
    <div className={classes.selection} role="toolbar" aria-label={t("files.selection")}>
      <ActionIcon aria-label={t("files.clearSelection")} onClick={once(() => picks.clear())}>
        <IconX size={18} />
      </ActionIcon>
      <Text size="sm" fw={600} mr={narrow ? 0 : "sm"} style={{ whiteSpace: "nowrap" }} aria-live="polite">
        {t("files.chosen", { count: items.length })}
        {bytes > 0 && !tight && ` · ${formatBytes(bytes)}`}
      </Text>
      {shown.map((action) =>
        narrow ? (
          <Tooltip key={action.id} label={action.label}>
            <ActionIcon size="lg" aria-label={action.label} onClick={once(action.run)} c={action.danger ? "var(--mantine-color-error)" : "var(--mantine-color-text)"}>
              <action.icon size={20} stroke={1.7} />
            </ActionIcon>
          </Tooltip>
        ) : (
          <Button
            key={action.id}
            size="compact-sm"
            variant="subtle"
            color="gray"
            c={action.danger ? "var(--mantine-color-error)" : "var(--mantine-color-text)"}
            leftSection={<action.icon size={16} stroke={1.7} />}
            onClick={once(action.run)}
            style={{ flex: "none" }}
          >
            {action.label}
          </Button>
        ),
      )}
      {hidden.length > 0 && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size="lg" aria-label={t("files.moreActions")}>
              <IconDots size={19} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {hidden.map((action) => (
              <Menu.Item key={action.id} leftSection={<action.icon size={17} stroke={1.7} />} onClick={action.run}>
                {action.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}
