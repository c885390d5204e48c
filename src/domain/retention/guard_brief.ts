// What stops the deletions of a job, in the few words that fit a title.

import { firstClause, shortCause } from "../short_cause.ts";
import { foundByProof, isProofDamage, isSuspectByProof } from "../verification/verification.ts";
import { guardFinding, type GuardName } from "./guard.ts";

/** Where the text of a guard begins with what it looked at, not with what it found. */
const FOUND: Partial<Record<GuardName, string>> = {
  not_found: "backups are not at the provider any more",
  unread_list: "the list of the provider cannot be read",
  duplicate_id: "the provider gave one id twice",
  restored_store: "the state looks restored or copied",
};

/** What a verification found, of the text of the guard that it latched. */
const DAMAGE = /' failed \((.*)\); nothing of job '/s;

/** What a latched guard has found, of its text. */
export function guardBrief(guard: string, message: string): string {
  if (isProofDamage(message)) return shortCause(DAMAGE.exec(message)?.[1] ?? message);
  const found = FOUND[guard as GuardName];
  if (found !== undefined) return found;
  const finding = guardFinding(message);
  // Words of a storage that is damaged are those of a program.
  return guard === "upkeep_failed" || guard === "failed_check" ? shortCause(finding) : firstClause(finding);
}

/** Why a backup is suspect: of a size the size, of a verification what it found. */
export function suspectBrief(reason: string): string {
  return isSuspectByProof(reason) ? shortCause(foundByProof(reason)) : firstClause(reason);
}
