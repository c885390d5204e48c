// How large a storage is, how much of that its backups need, and what they would be without what they share.

/** What was measured of one storage at one time; null: that cannot be found out. Sizes in bytes. */
export interface StorageFigures {
  /** UTC ms. */
  measuredAt: number;
  /** All that lies there. */
  storedBytes: number | null;
  /** Of that the data, whether a backup needs it or not. */
  dataBytes: number | null;
  /** The data that its backups need, as it is stored: each piece once. */
  neededBytes: number | null;
  /** What all its backups would be, each restored whole. */
  restoredBytes: number | null;
  /** All of them, whoever made them. */
  snapshots: number | null;
}

/** What frees itself only by a prune: data that no backup needs. */
export function deadBytes({ dataBytes, neededBytes }: StorageFigures): number | null {
  return dataBytes === null || neededBytes === null ? null : Math.max(0, dataBytes - neededBytes);
}

/** How many times its backups would be what they take: by what they share, and by compression. */
export function dedupRatio({ restoredBytes, neededBytes }: StorageFigures): number | null {
  return restoredBytes === null || neededBytes === null || neededBytes === 0
    ? null
    : restoredBytes / neededBytes;
}

/** Where so much of a storage is dead that it is worth a word: half, and over 100 MB. */
export function isMostlyDead(figures: StorageFigures): boolean {
  const dead = deadBytes(figures);
  return dead !== null && dead > 100e6 && dead * 2 > figures.dataBytes!;
}
