/** Which files can be unpacked, told from their names, and how names inside may be written. */

const ARCHIVE = /\.(zip|7z|rar|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst|lz4)|gz|bz2|xz|zst)$/i;

export const isArchive = (name: string) => ARCHIVE.test(name);

/** The name without what says how it is packed. */
export const archiveStem = (name: string) => name.replace(ARCHIVE, "") || name;

export const isTorrent = (name: string) => /\.torrent$/i.test(name);

/** Whether its names may be written in letters that it does not name; the other kinds say which. */
export const hasEncoding = (name: string) => /\.(zip|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst|lz4))$/i.test(name);

/** As the server knows them, and as people do; those that are met most come first. */
export const ENCODINGS = [
  { value: "gb18030", label: "GB18030" },
  { value: "big5", label: "Big5" },
  { value: "shiftjis", label: "Shift JIS" },
  { value: "eucjp", label: "EUC-JP" },
  { value: "euckr", label: "EUC-KR" },
  { value: "windows1251", label: "Windows-1251" },
  { value: "koi8r", label: "KOI8-R" },
  { value: "koi8u", label: "KOI8-U" },
  { value: "ibm866", label: "IBM 866" },
  { value: "windows1252", label: "Windows-1252" },
  ...[1250, 1253, 1254, 1255, 1256, 1257, 1258].map((page) => ({ value: `windows${page}`, label: `Windows-${page}` })),
  { value: "windows874", label: "Windows-874" },
  ...["2", "3", "4", "5", "6", "7", "8", "10", "13", "14", "15", "16"].map((part) => ({ value: `iso8859_${part}`, label: `ISO 8859-${part}` })),
  { value: "macintosh", label: "Macintosh" },
  { value: "macintoshcyrillic", label: "Macintosh Cyrillic" },
  { value: "iso2022jp", label: "ISO-2022-JP" },
  { value: "gbk", label: "GBK" },
];
