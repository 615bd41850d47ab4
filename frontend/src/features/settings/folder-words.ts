/** The folder that a device sees, in words. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { parseUri, trail } from "@/api/uri";
import { shownName } from "@/ui/names";
import { shareNameQuery } from "./data/devices";

/** The drive or the share it lies in, and the way from there. */
export function useFolderWords(uri: string): string {
  const { t } = useTranslation();
  const { fs, id, password } = parseUri(uri);
  const share = useQuery({ ...shareNameQuery(id, password), enabled: fs === "share" });
  const root = fs === "share" ? share.data || t("connect.sharedFolder") : t("files.myFiles");
  return trail(uri)
    .map(({ name }, depth) => shownName(depth === 0 ? root : name))
    .join(" / ");
}
