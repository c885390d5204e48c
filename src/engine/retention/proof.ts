// The newest backup proves itself before anything is deleted on the strength of it, and again in a pass that takes long.

import type { Run } from "../../domain/backup.ts";
import type { Looks } from "../context/calls.ts";
import { latch } from "../context/latch.ts";
import type { RetentionContext } from "./retention_context.ts";
import { checkBackup, LOOK_LASTS_MS, markMissing } from "./verify.ts";

/** A look under way. */
interface Looking {
  runId: string;
  found: Promise<string | undefined>;
}

/**
 * Has the newest backup prove itself, each time that its last proof is too old; answers why it did not. Whoever asks while
 * it is being looked at gets what that look finds; but who asks in its turn, by `inTurn`, waits for no look in line: that
 * may need this very turn.
 */
export function proofs(
  context: RetentionContext,
): (newest: Run, inTurn?: Looks) => Promise<string | undefined> {
  let proven = { runId: "", at: -Infinity };
  const looking = new Map<Looks, Looking>();

  async function look(newest: Run, looks: Looks): Promise<string | undefined> {
    const at = context.clock.monotonic();
    const check = await checkBackup(context, newest, looks);
    if (check.ok) {
      proven = { runId: newest.runId, at };
      return undefined;
    }
    if (check.missing) await markMissing(context, newest, ["available"], check.message);
    else if (check.latch) await latch(context, "failed_check", check.message);
    return `the newest backup did not prove itself: ${check.message}`;
  }

  return async (newest, looks = context.calls) => {
    if (!context.job.verifyBeforeDelete) return undefined;
    const at = context.clock.monotonic();
    if (proven.runId === newest.runId && at - proven.at < LOOK_LASTS_MS) return undefined;
    const underWay = looking.get(looks);
    if (underWay?.runId === newest.runId) return await underWay.found;
    const mine = { runId: newest.runId, found: look(newest, looks) };
    looking.set(looks, mine);
    try {
      return await mine.found;
    } finally {
      if (looking.get(looks) === mine) looking.delete(looks);
    }
  };
}
