// I37: nothing is called deleted or missing while its storage has it, whatever became of names, journals and places.

import type { Run } from "../../../src/domain/backup.ts";
import type { StorageTruth } from "../builtin/storage_truth.ts";
import type { FakeProvider } from "../../support/fake_provider.ts";
import { type Finding, keyOf, show, type Witness } from "./witness.ts";

/** I37: what is called deleted or missing is in no repository and no storage, mounted or not. */
export function I37_goneOnProof(truth: StorageTruth, before: Run | undefined, after: Run): Finding {
  if (after.id === null || (after.status !== "deleted" && after.status !== "missing")) return;
  if (!truth.isThere(after.id)) return;
  return `${show(after)}, before ${before?.status ?? "the end"}, is said to be gone, and is there`;
}

/** I37 of a provider over the protocol: what is called deleted is not there, or a GET has just denied it. */
export function I37_deletedOnProof(
  witness: Witness,
  provider: FakeProvider | undefined,
  before: Run | undefined,
  after: Run,
): Finding {
  if (after.id === null || after.status !== "deleted" || before?.status === "deleted") return;
  if (!provider?.isThere(after.id) || witness.said.get(keyOf(provider.key, after.id))?.info === null) return;
  return `${show(after)}, before ${before?.status ?? "nothing"}, is said to be deleted, and is there`;
}
