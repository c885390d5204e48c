// The hold after an edit: what any policy in force within `policy_change_hold` kept is kept on, so that a slip in
// an edit deletes nothing before someone can see it.

import { elect } from "../../domain/retention/election.ts";
import type { Job } from "../../domain/job.ts";
import { inSlices } from "../../domain/slices.ts";
import { parsePolicy } from "../../domain/policy.ts";
import type { KeepReason } from "../../domain/retention/reasons.ts";
import { isZone, zoneOf } from "../../domain/calendar/zone.ts";
import type { ElectionRow } from "../../ports/store.ts";
import type { EngineContext } from "../context/context.ts";
import { drainInSlices } from "../context/slices.ts";

/**
 * Reasons to keep, by run id, for those of `victims` that a former policy still protects. `isSaved`: the store knows
 * already that the policy they were elected by is in force.
 */
export async function formerReasons(
  context: EngineContext,
  job: Job,
  isSaved: boolean,
  rows: readonly ElectionRow[],
  victims: readonly string[],
  now: number,
): Promise<Map<string, KeepReason>> {
  const reasons = new Map<string, KeepReason>();
  const hold = job.guard.policyChangeHoldMs;
  if (victims.length === 0 || hold === 0) return reasons;
  const versions = await context.store.policyVersions(job.name, now - hold);
  for (const [at, version] of versions.entries()) {
    const next = versions[at + 1];
    // The last one is the policy in force, unless an edit is about to be saved: then its hold begins now.
    if (next === undefined && isSaved) break;
    const until = (next?.since ?? now) + hold;
    if (until <= now) continue;
    const kept = await keptBy(context, version.policy, rows, now);
    const reason: KeepReason = { kind: "former_policy", until };
    const judge = (place: number) => {
      const runId = victims[place]!;
      if (kept === "all" || kept.has(runId)) reasons.set(runId, reason);
    };
    await drainInSlices(inSlices(victims.length, judge), context.clock);
  }
  return reasons;
}

/** Run ids that a stored policy keeps; all of them where its text cannot be read any more. */
async function keptBy(
  context: EngineContext,
  text: string,
  rows: readonly ElectionRow[],
  now: number,
): Promise<Set<string> | "all"> {
  const end = text.lastIndexOf(" ");
  const parsed = parsePolicy(text.slice(0, end));
  const timezone = text.slice(end + 1);
  if ("errors" in parsed || !isZone(timezone)) return "all";
  const { clock } = context;
  const { keep } = await drainInSlices(elect(rows, parsed.policy, zoneOf(timezone), now), clock);
  const kept = new Set<string>();
  await drainInSlices(inSlices(keep.length, (at) => void kept.add(keep[at]!.runId)), clock);
  return kept;
}
