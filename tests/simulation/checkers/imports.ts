// I40: an import takes in only what names its job and this machine.

import type { Run } from "../../../src/domain/backup.ts";
import type { StorageTruth } from "../builtin/storage_truth.ts";
import { type Finding, show } from "./witness.ts";

/** I40: a snapshot that came in bears the job's name, and was made on this machine. */
export function I40_importsNameUs(
  truth: StorageTruth,
  host: string,
  before: Run | undefined,
  after: Run,
): Finding {
  if (before !== undefined || after.trigger !== "import" || after.id === null) return;
  for (const { snapshot } of truth.snapshotsOf(after.id)) {
    if (!snapshot.tags.includes(`job:${after.job}`) || snapshot.host !== host) {
      return `${show(after)} came in, and is of ${snapshot.host}, tagged ${snapshot.tags.join()}`;
    }
  }
}
