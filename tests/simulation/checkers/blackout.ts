// I60: a schedule starts nothing in a blackout, by a reading of the windows that is not the product's.

import type { Job } from "../../../src/domain/job.ts";
import type { CreateCall } from "../../../src/ports/provider.ts";
import { type Finding, iso, show, type Witness } from "./witness.ts";

const MINUTE = 60_000;

/** True within a window `HH:MM-HH:MM` of every day, by the wall clock that Intl shows. */
export function isDark({ blackout, timezone }: Pick<Job, "blackout" | "timezone">, at: number): boolean {
  if (blackout === undefined) return false;
  const shown = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" })
    .format(at);
  return blackout.windows.some((window) => {
    const [from, until] = window.split("-") as [string, string];
    return from < until ? shown >= from && shown < until : shown >= from || shown < until;
  });
}

/** When what is due at `slot` may begin. */
export function startsAt(job: Pick<Job, "blackout" | "timezone">, slot: number): number {
  let at = slot;
  while (isDark(job, at)) at = Math.floor(at / MINUTE + 1) * MINUTE;
  return at;
}

/** I60: what is sent for a slot the first time, or surely began nothing before, is not sent in a blackout of its job. */
export function I60_nothingInTheDark(witness: Witness, call: CreateCall): Finding {
  const run = witness.model.runs.get(call.runId);
  const job = witness.jobOf(call.job);
  if (run === undefined || job?.blackout === undefined || run.trigger !== "schedule") return;
  // One of unknown fate may have begun before; by a clock that jumped nobody knows which window that was.
  if (run.uncertainAttempts > 0 || run.slot === null || witness.wereInDoubt.has(run.runId)) return;
  if (witness.jumpedAt >= (witness.insertedAt.get(run.runId) ?? 0)) return;
  const at = run.lastAttemptAt ?? witness.now();
  if (isDark(job, at)) return `POST for ${show(run)} at ${iso(at)}, in its blackout ${job.blackout.windows}`;
}
