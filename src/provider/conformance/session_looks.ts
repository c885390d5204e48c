// Looks at backups of a provider under test, and waits for their ends.

import type { BackupInfo } from "../../ports/provider.ts";
import type { Clock } from "../../ports/host.ts";
import { foldStatus, readBackup } from "../protocol/protocol.ts";
import type { Probe, Seen } from "./probe.ts";
import { CheckFailure } from "./outcome.ts";

/** What a GET of one backup said; 404 and 410 are `absent` and `gone`. */
export type Look =
  | { found: "yes"; seen: Seen; backup: BackupInfo; notes: string[] }
  | { found: "absent" | "gone"; seen: Seen };

const LOOK_MEND = 'answer 200 with JSON such as {"id": "b1", "data_id": "b1", "status": "running", ' +
  '"message": "", "size_mb": 1.5}, or 404 when there is no such backup';

/** One GET; rejects with `CheckFailure` when the answer is none of the protocol; `mayNotTell`: 503 is as good as 404. */
export async function lookAt(probe: Probe, id: string, mayNotTell = false): Promise<Look> {
  const seen = await probe.send({ method: "GET", id });
  if (seen.status === 404 || (mayNotTell && seen.status === 503)) return { found: "absent", seen };
  if (seen.status === 410) return { found: "gone", seen };
  if (seen.status !== 200) {
    throw new CheckFailure("expected 200, 404 or 410 to a GET of a backup", lookMend(seen), seen);
  }
  const read = readBackup(seen.json);
  if (!read.ok) throw new CheckFailure(`expected a backup in JSON: ${read.problem}`, LOOK_MEND, seen);
  if (read.backup.id !== id) {
    const mend = "answer the very backup that was asked for, with its 'id' unchanged";
    throw new CheckFailure(`expected the backup '${id}'`, mend, seen);
  }
  return { found: "yes", seen, backup: read.backup, notes: read.notes };
}

/** Looks until the backup runs no more; rejects with `CheckFailure` when that takes longer than `limitMs`. */
export async function lookUntilEnd(
  probe: Probe,
  id: string,
  clock: Clock,
  limitMs: number,
  pause: () => Promise<void>,
): Promise<Look> {
  const end = clock.monotonic() + limitMs;
  for (;;) {
    const now = await lookAt(probe, id);
    if (now.found !== "yes" || now.backup.state !== "running") return now;
    if (!foldStatus(now.backup.status).known) throw strangeWord(now.seen);
    if (clock.monotonic() >= end) {
      throw new CheckFailure(
        `expected the backup to end within ${limitMs / 1000} s`,
        "say 'available' once it is complete, 'failed' once it has failed; or allow it more time",
        now.seen,
      );
    }
    await pause();
  }
}

/** The failure of an answer whose status word is not of the protocol. */
export function strangeWord(seen: Seen): CheckFailure {
  return new CheckFailure(
    "expected a status word of the protocol",
    "say 'running' while it is being made, 'available' once complete, 'failed' once it has failed",
    seen,
  );
}

function lookMend({ status }: Seen): string {
  if (status === undefined) return "answer every GET in time, also while a backup is being made";
  if (status >= 500) {
    return "answer what is known; when that is nothing, 404 only if there surely is no such backup";
  }
  return LOOK_MEND;
}
