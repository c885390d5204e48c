// What is known against a backup, of its row.

import type { Run } from "./backup.ts";
import { isSuspect, type SuspectMarks } from "./suspicion.ts";
import { restoreWarning } from "./verification/restore_warning.ts";

/** As `restoreWarning`. */
export function warningOfRun(
  run: SuspectMarks & Pick<Run, "verification" | "verifiedAt" | "suspectReason">,
): string | undefined {
  const { verification, verifiedAt, suspectReason, rejectedAt } = run;
  return restoreWarning({
    ...{ verification, verifiedAt, suspectReason },
    ...{ isSuspect: isSuspect(run), isRejected: rejectedAt !== null },
  });
}
