// What is known against a backup is said to whoever restores it, who then has to say that it is meant all the same.

import { restoreWarning } from "../../domain/verification/restore_warning.ts";
import type { Host } from "../../ports/host.ts";
import type { BackupAnswer } from "../client/answers.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { clean } from "../../domain/steering.ts";

interface WordArgs {
  anyway?: boolean;
  dryRun?: boolean;
}

/** Undefined where nothing is known against it. */
export function warningOf(backup: BackupAnswer): string | undefined {
  const { verification, verified_at, suspect, rejected, suspect_reason } = backup;
  return restoreWarning({
    verification: verification ?? null,
    verifiedAt: verified_at ? Date.parse(verified_at) : null,
    isSuspect: suspect === true,
    isRejected: rejected === true,
    suspectReason: suspect_reason ?? null,
  });
}

/** Says it; rejects where nobody then says that it is meant. A dry run needs no word. */
export async function demandWord(
  { id, job, warning }: { id: string; job: string; warning: string | undefined },
  { anyway, dryRun }: WordArgs,
  host: Host,
  note: (line: string) => void,
): Promise<void> {
  if (warning === undefined) return;
  note(`warning: backup '${id}' of job '${job}': ${warning}`);
  if (anyway || dryRun) return;
  if (!host.terminal.inIsTty) {
    throw new Failure(
      EXIT.failed,
      `Cannot restore backup '${id}' without a word: ${warning}: --anyway restores what there is of it, ` +
        `'latest' with --job ${job} takes the newest that nothing is known against`,
    );
  }
  const question = `Restore backup '${id}' all the same? What comes back may not be whole.`;
  if (!await host.terminal.confirm(clean(question))) throw new Failure(EXIT.failed, "Nothing was done");
}
