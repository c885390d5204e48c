// I37: nothing is called deleted or missing while its storage has it, whatever became of names, journals and places.

import type { Run } from "../../../src/domain/backup.ts";
import type { StorageTruth } from "../builtin/storage_truth.ts";
import { type Finding, show } from "./witness.ts";

/** I37: what is called deleted or missing is in no repository and no storage, mounted or not. */
export function I37_goneOnProof(truth: StorageTruth, before: Run | undefined, after: Run): Finding {
  if (after.id === null || (after.status !== "deleted" && after.status !== "missing")) return;
  if (!truth.isThere(after.id)) return;
  return `${show(after)}, before ${before?.status ?? "the end"}, is said to be gone, and is there`;
}
