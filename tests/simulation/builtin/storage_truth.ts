// What checkers ask of the truth about the storages of a world.

import type { SimRepository, SimSnapshot } from "./restic_repository.ts";

/** A snapshot, and where it lies. */
export interface Placed {
  repository: SimRepository;
  snapshot: SimSnapshot;
}

/** Every storage there ever was, mounted or not. */
export interface StorageTruth {
  /** Every snapshot of this backup. */
  snapshotsOf(id: string): Placed[];
  /** True where a backup of this id can be found by its storage, whole or not. */
  isThere(id: string): boolean;
  /** True where a backup of this id was once made to its end, or its storage would show the half of one. */
  wasMade(id: string): boolean;
}
