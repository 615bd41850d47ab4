import { ActionIcon, Button, Group, Menu, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconInfoCircle, IconPlus, IconRefresh, IconTrashX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { searchOf } from "@/api/search";
import { parseUri } from "@/api/uri";
import type { FileItem } from "@/api/wire";
import { useFocusSeen } from "@/ui/focus";
import { emptyTrash } from "./actions";
import { Clipboard } from "./Clipboard";
import { Crumbs } from "./Crumbs";
import type { useDrop } from "./drag";
import { NewItems } from "./NewItems";
import { FilterField, FilterNote } from "./QuickFilter";
import { SelectionBar } from "./SelectionBar";
import { useChosen, useFiles } from "@/shared/files/store";
import type { Folder } from "./use-folder";
import type { ShownView } from "./view";
import { ViewMenu } from "./ViewMenu";
import classes from "./files.module.css";

interface Props {
  uri: string;
  files: readonly FileItem[];
  open: (file: FileItem) => void;
  /** How many entries have been read of a folder that is to be selected as a whole. */
  read?: number;
  view: ShownView;
  folder: Folder;
  onView: (change: Partial<ShownView>) => void;
  canCreate: boolean;
  drop: ReturnType<typeof useDrop>;
}

export function PathBar({ uri, files, open, read, view, folder, onView, canCreate, drop }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(max-width: 48em)");
  const { fs } = parseUri(uri);
  const details = useFiles((state) => state.details);
  const chosen = useChosen(files);
  // What is dragged can be dropped on the path.
  const dragging = useFiles((state) => state.dragged.length > 0);
  const selecting = (chosen.length > 0 || read !== undefined) && !dragging;
  useFocusSeen(selecting);
  return (
    <>
      <div className={classes.bar} data-selecting={selecting || undefined}>
        {selecting && <SelectionBar items={chosen} open={open} read={read} />}
        <div className={classes.path}>
          <Crumbs uri={uri} drop={drop} shareName={folder.first?.parent.name} narrow={!!narrow} />
          {!narrow && <FilterField width={150} />}
        </div>
        <Group gap={6} wrap="nowrap" className={classes.tools}>
          {!selecting && <Clipboard uri={uri} narrow={!!narrow} />}
          {fs === "trash" && folder.files.length > 0 && (
            <Button color="red" c="var(--mantine-color-error)" variant="light" size="sm" leftSection={<IconTrashX size={17} />} onClick={() => void emptyTrash()}>
              {t("files.emptyTrash")}
            </Button>
          )}
          {canCreate && (
            <Menu position="bottom-end">
              <Menu.Target>
                {narrow ? (
                  <ActionIcon size="lg" variant="light" color="accent" aria-label={t("files.new")}>
                    <IconPlus size={20} />
                  </ActionIcon>
                ) : (
                  <Button size="sm" leftSection={<IconPlus size={17} />}>
                    {t("files.new")}
                  </Button>
                )}
              </Menu.Target>
              <Menu.Dropdown>
                <NewItems uri={uri} policy={folder.first?.storage_policy} />
              </Menu.Dropdown>
            </Menu>
          )}
          {fs !== "trash" && <ViewMenu view={view} onView={onView} onRefresh={() => void folder.refetch()} sortable={!searchOf(uri)} narrow={!!narrow} />}
          {!narrow && (
            <Tooltip label={t("files.refresh")}>
              <ActionIcon size="lg" aria-label={t("files.refresh")} onClick={() => void folder.refetch()}>
                <IconRefresh size={19} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={t("files.details")}>
            <ActionIcon
              size="lg"
              aria-label={t("files.details")}
              aria-pressed={details}
              variant={details ? "light" : "subtle"}
              color={details ? "accent" : "gray"}
              onClick={() => useFiles.setState({ details: !details })}
            >
              <IconInfoCircle size={20} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </div>
      {narrow && <FilterNote />}
    </>
  );
}
