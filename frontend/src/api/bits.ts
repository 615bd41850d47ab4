/** Bit sets travel as base64 of little-endian bytes. */
export function hasBit(set: string | undefined, bit: number): boolean {
  if (!set) return false;
  const byte = atob(set).charCodeAt(bit >> 3);
  return Number.isFinite(byte) && (byte & (1 << (bit & 7))) !== 0;
}

/** What a place in a file system offers. */
export const Can = {
  create: 0,
  rename: 1,
  upload: 6,
  download: 7,
  metadata: 8,
  list: 9,
  thumbnail: 10,
  delete: 14,
  softDelete: 16,
  restore: 17,
  share: 18,
  info: 19,
  versions: 20,
  enter: 23,
  view: 24,
} as const;

/** What a group may do. */
export const May = {
  administrate: 0,
  share: 2,
  webdav: 3,
  zip: 4,
  archive: 5,
  proxyDav: 6,
  openShares: 7,
  fetch: 9,
  relocate: 10,
  advancedDelete: 12,
} as const;
