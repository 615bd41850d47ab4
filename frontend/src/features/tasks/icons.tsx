import { IconArrowsExchange, IconChecklist, IconCloudDownload, IconDatabaseImport, IconFileZip, IconPackageExport } from "@tabler/icons-react";

const ICONS: Record<string, typeof IconFileZip> = {
  create_archive: IconFileZip,
  extract_archive: IconPackageExport,
  remote_download: IconCloudDownload,
  import: IconDatabaseImport,
  relocate: IconArrowsExchange,
};

export const iconOf = (type: string) => ICONS[type] ?? IconChecklist;
