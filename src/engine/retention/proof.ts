// The newest backup proves itself before anything is deleted on the strength of it, and again in a pass that takes long.

import type { Run } from "../../domain/backup.ts";
import { latch } from "../context/latch.ts";
import type { RetentionContext } from "./retention_context.ts";
import { checkBackup, markMissing } from "./verify.ts";

/** In a pass that takes long the newest backup proves itself again so long after its last proof. */
const PROOF_LASTS_MS = 60_000;

/**
 * Has the newest backup prove itself, each time that its last proof is too old; answers why it did not. Whoever asks while
 * it is being looked at gets what that look finds.
 */
export function proofs(context: RetentionContext): (newest: Run) => Promise<string | undefined> {
  let proven = { runId: "", at: -Infinity };
  let looking: { runId: string; found: Promise<string | undefined> } | undefined;

  async function look(newest: Run): Promise<string | undefined> {
    const at = context.clock.monotonic();
    const check = await checkBackup(context, newest);
    if (check.ok) {
      proven = { runId: newest.runId, at };
      return undefined;
    }
    if (check.missing) await markMissing(context, newest, ["available"], check.message);
    else if (check.latch) await latch(context, "failed_check", check.message);
    return `the newest backup did not prove itself: ${check.message}`;
  }

  return async (newest) => {
    if (!context.job.verifyBeforeDelete) return undefined;
    const at = context.clock.monotonic();
    if (proven.runId === newest.runId && at - proven.at < PROOF_LASTS_MS) return undefined;
    if (looking?.runId === newest.runId) return await looking.found;
    const mine = { runId: newest.runId, found: look(newest) };
    looking = mine;
    try {
      return await mine.found;
    } finally {
      if (looking === mine) looking = undefined;
    }
  };
}
