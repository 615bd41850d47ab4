import { Kbd, Menu } from "@mantine/core";
import { IconClipboard, IconSelectAll } from "@tabler/icons-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { FileItem, Policy } from "@/api/wire";
import { paste } from "./actions";
import { giveFocusBack } from "@/ui/focus";
import { useActions } from "./menu-items";
import { NewItems } from "./NewItems";
import { useFiles } from "@/shared/files/store";

export interface MenuPlace {
  x: number;
  y: number;
  file?: FileItem;
}

interface Props {
  place: MenuPlace | undefined;
  onClose: () => void;
  uri: string;
  files: readonly FileItem[];
  canCreate: boolean;
  open: (file: FileItem) => void;
  selectAll: () => void;
  policy?: Policy;
}

export function ItemMenu({ place, onClose, uri, files, canCreate, open, selectAll, policy }: Props) {
  const { t } = useTranslation();
  const selected = useFiles((state) => state.selected);
  const clipboard = useFiles((state) => state.clipboard);
  const items = place?.file ? files.filter((file) => selected.has(file.path)) : [];
  const actions = useActions(items, open);
  if (!place) return null;
  const close = () => {
    onClose();
    giveFocusBack(null);
  };
  return (
    <Menu key={`${place.x} ${place.y}`} opened onClose={close} position="bottom-start" offset={2} shadow="lg" width={250} withinPortal transitionProps={{ duration: 60 }} middlewares={{ flip: false, shift: { crossAxis: true, padding: 8 } }}>
      <Menu.Target>
        <button type="button" tabIndex={-1} aria-label={t("files.menu")} style={{ position: "fixed", left: place.x, top: place.y, width: 1, height: 1, padding: 0, border: 0, opacity: 0 }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={t("files.menu")} mah="calc(100dvh - 16px)" style={{ overflowY: "auto" }}>
        {place.file ? (
          actions.map((action, at) => (
            <Fragment key={action.id}>
              {at > 0 && actions[at - 1]?.section !== action.section && <Menu.Divider />}
              <Menu.Item
                leftSection={<action.icon size={17} stroke={1.7} />}
                rightSection={action.keys && <Kbd size="xs">{action.keys}</Kbd>}
                c={action.danger ? "var(--mantine-color-error)" : undefined}
                onClick={action.run}
              >
                {action.label}
              </Menu.Item>
            </Fragment>
          ))
        ) : (
          <>
            {canCreate && (
              <>
                <NewItems uri={uri} policy={policy} />
                <Menu.Divider />
                <Menu.Item leftSection={<IconClipboard size={17} />} disabled={!clipboard} onClick={() => void paste(uri)}>
                  {t("files.paste", { count: clipboard?.files.length ?? 0 })}
                </Menu.Item>
              </>
            )}
            <Menu.Item leftSection={<IconSelectAll size={17} />} onClick={selectAll}>
              {t("files.selectAll")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
