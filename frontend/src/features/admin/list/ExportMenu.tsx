/** A list as a file: what is shown as it is shown, or everything that fits as the server writes it. */
import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { showTrouble } from "@/shared/message";
import { saveBlob } from "./csv";
import type { Kind } from "./types";
import type { Place } from "./use-place";
import { refusal } from "../refusal";

interface Props {
  files: NonNullable<Kind<{ id: number }>["files"]>;
  place: Place;
  /** Saves what is shown; left out while nothing is. */
  savePage?: () => void;
}

export function ExportMenu({ files, place, savePage }: Props) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const saveAll = async (format: string) => {
    setBusy(true);
    try {
      saveBlob(`${files.name}.${format}`, await files.load(place.asked.conditions, format));
    } catch (error) {
      showTrouble(refusal(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />} loading={busy}>
          {t("admin.exportMenu")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("admin.exportAll")}</Menu.Label>
        {files.formats.map((format) => (
          <Menu.Item key={format} onClick={() => void saveAll(format)}>
            {t(`admin.formats.${format}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("admin.exportPage")}</Menu.Label>
        <Menu.Item disabled={!savePage} onClick={savePage}>
          {t("admin.formats.csv")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
