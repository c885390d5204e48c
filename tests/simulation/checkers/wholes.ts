// P2 and I43 where storages are known whole: what is called available was made whole, and what is whole is no leftover.

import type { Run } from "../../../src/domain/backup.ts";
import type { StorageTruth } from "../builtin/storage_truth.ts";
import { type Finding, show } from "./witness.ts";

/** P2: what is called available was once made, and its storage does not say that files are left out. */
export function P2_availableWasMade(truth: StorageTruth, before: Run | undefined, after: Run): Finding {
  if (after.id === null || after.status !== "available" || before?.status === "available") return;
  if (!truth.wasMade(after.id)) return `${show(after)} is called available, and was never made`;
  const placed = truth.snapshotsOf(after.id);
  if (placed.length > 0 && placed.every(({ snapshot }) => snapshot.tags.includes("incomplete"))) {
    return `${show(after)} is called available, and is tagged incomplete`;
  }
}

/** I43: what is deleted as left over by a run that was cut off is not whole; a person may delete it. */
export function I43_wholeIsNoLeftover(run: Run | undefined): Finding {
  if (run?.status !== "deleting" || run.endedAs !== "failed" || run.deleteAskedBy !== null) return;
  if (run.reason !== "cut_off") return;
  return `what ${show(run)} left is deleted; nobody saw its end, and its storage has a whole backup of it`;
}
