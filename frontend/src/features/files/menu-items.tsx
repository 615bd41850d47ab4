/** What can be done with the chosen files; the context menu, the bar and the palette agree on it. */
import {
  IconAppWindow,
  IconArrowBackUp,
  IconCloudDownload,
  IconCopy,
  IconDownload,
  IconExternalLink,
  IconFileZip,
  IconFolderShare,
  IconInfoCircle,
  IconLink,
  IconPackageExport,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconScissors,
  IconShare3,
  IconTag,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import { Can, hasBit, May } from "@/api/bits";
import { useAccount, useMay } from "@/api/use-account";
import { parentUri, parseUri } from "@/api/uri";
import { type FileItem, isFolder } from "@/api/wire";
import { ask } from "@/ui/dialogs";
import { isArchive, isTorrent } from "@/shared/files/archives";
import { download } from "@/shared/files/download";
import { ports } from "@/shared/ports";
import { router } from "@/shared/router";
import { cut, remove, rename, restore, setPinned, showDirectLinks, transferTo } from "./actions";
import { cancelUploads } from "@/shared/files/uploads";
import { isPlaceholder } from "@/shared/files/kinds";
import { useFiles } from "@/shared/files/store";

const AppearanceDialog = lazy(() => import("./dialogs/AppearanceDialog"));
const OpenWithDialog = lazy(() => import("./dialogs/OpenWithDialog"));

export interface Action {
  id: string;
  label: string;
  icon: typeof IconCopy;
  keys?: string;
  danger?: boolean;
  /** Shown in the bar above the list as well. */
  prominent?: boolean;
  section: number;
  run: () => void;
}

export function useActions(chosen: readonly FileItem[], open: (file: FileItem) => void): Action[] {
  const { t } = useTranslation();
  const account = useAccount();
  const mayShare = useMay(May.share);
  const mayPack = useMay(May.archive);
  const mayFetch = useMay(May.fetch);
  // An upload that has not brought anything yet changes nothing for the others.
  const there = chosen.filter((item) => !isPlaceholder(item));
  const pending = there.length === 0;
  const items = pending ? chosen : there;
  const first = items[0];
  if (!first) return [];
  const one = items.length === 1;
  const { fs } = parseUri(first.path);
  const can = (bit: number) => items.every((item) => hasBit(item.capability, bit));
  const shortcut = !!first.metadata?.["sys:shared_redirect"];
  const pinned = account?.user.pined?.some((pin) => pin.uri === first.path);
  const folders = items.some(isFolder);
  const unpacks = mayPack && !!account && !pending && !folders && can(Can.download) && items.every(({ name }) => isArchive(name));
  const all: (Action | false | undefined)[] = [
    one && !pending && fs !== "trash" && { id: "open", label: t("files.open"), icon: IconExternalLink, section: 0, keys: "Enter", run: () => open(first) },
    one && !pending && fs !== "trash" && !isFolder(first) && {
      id: "openWith",
      label: t("files.openWith"),
      icon: IconAppWindow,
      section: 0,
      run: () => void ask((done) => <OpenWithDialog file={first} done={done} />),
    },
    !pending && !shortcut && can(Can.download) && {
      id: "download",
      label: t("files.download"),
      icon: IconDownload,
      section: 0,
      prominent: true,
      run: () => void download(items),
    },
    one && mayShare && !pending && !shortcut && first.owned && can(Can.share) && {
      id: "share",
      label: t("files.share"),
      icon: IconShare3,
      section: 1,
      prominent: true,
      run: () => ports.shareFile(first),
    },
    !folders && !pending && fs === "my" && can(Can.download) && {
      id: "links",
      label: t("files.directLink", { count: items.length }),
      icon: IconLink,
      section: 1,
      run: () => void showDirectLinks(items),
    },
    fs === "trash" && can(Can.restore) && { id: "restore", label: t("files.restore"), icon: IconArrowBackUp, section: 1, prominent: true, run: () => void restore(items) },
    one && can(Can.rename) && { id: "rename", label: t("files.rename"), icon: IconPencil, section: 2, keys: "F2", prominent: true, run: () => void rename(first) },
    fs === "my" && !pending && { id: "moveTo", label: t("files.moveToMenu"), icon: IconFolderShare, section: 2, prominent: true, run: () => void transferTo(items, false) },
    fs === "my" && !pending && { id: "copyTo", label: t("files.copyToMenu"), icon: IconCopy, section: 2, run: () => void transferTo(items, true) },
    fs === "my" && !pending && { id: "cut", label: t("files.cut"), icon: IconScissors, section: 2, keys: "Ctrl X", run: () => cut(items, false) },
    fs === "my" && !pending && { id: "copy", label: t("files.copy"), icon: IconCopy, section: 2, keys: "Ctrl C", run: () => cut(items, true) },
    mayPack && fs === "my" && !pending && !shortcut && can(Can.download) && { id: "compress", label: t("files.compress"), icon: IconFileZip, section: 2, run: () => void ports.tasks().then(({ compress }) => compress(items)) },
    unpacks && fs === "my" && { id: "extractHere", label: t("files.extractHere"), icon: IconPackageExport, section: 2, run: () => void ports.tasks().then(({ extractHere }) => extractHere(items)) },
    unpacks && fs !== "trash" && { id: "extractTo", label: t("files.extractTo"), icon: IconPackageExport, section: 2, run: () => void ports.tasks().then(({ extractTo }) => extractTo(items)) },
    mayFetch && one && !pending && fs === "my" && isTorrent(first.name) && { id: "fetch", label: t("files.fetchTorrent"), icon: IconCloudDownload, section: 2, run: () => void ports.tasks().then(({ fetchTo }) => fetchTo(parentUri(first.path), first)) },
    can(Can.metadata) && { id: "look", label: t("files.tagsAndLook"), icon: IconTag, section: 3, run: () => void ask((done) => <AppearanceDialog files={items} done={done} />) },
    one && isFolder(first) && fs === "my" && {
      id: "pin",
      label: t(pinned ? "files.unpin" : "files.pin"),
      icon: pinned ? IconPinnedOff : IconPin,
      section: 3,
      run: () => void setPinned(first.path, !pinned, first.name),
    },
    one && fs === "my" && {
      id: "location",
      label: t("files.showInFolder"),
      icon: IconFolderShare,
      section: 3,
      run: () => {
        void router.navigate({ to: "/home", search: { path: parentUri(first.path) } });
      },
    },
    can(Can.info) && { id: "details", label: t("files.details"), icon: IconInfoCircle, section: 3, keys: "I", run: () => useFiles.setState({ details: true }) },
    can(Can.softDelete) && !pending && { id: "delete", label: t("files.delete"), icon: IconTrash, section: 4, keys: "Del", danger: true, prominent: true, run: () => void remove(items) },
    pending && fs !== "trash" && can(Can.delete) && { id: "cancelUpload", label: t("files.cancelUpload"), icon: IconX, section: 4, danger: true, prominent: true, run: () => void cancelUploads(items) },
    fs === "trash" && can(Can.delete) && { id: "purge", label: t("files.deleteForGood"), icon: IconTrash, section: 4, danger: true, prominent: true, run: () => void remove(items, true) },
  ];
  const inSearch = useFiles.getState().uri.includes("?");
  return all.filter((action) => !!action).filter((action) => action.id !== "location" || inSearch);
}
