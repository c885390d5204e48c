// Freezes every deletion of every job, cancels included, and ends the freeze.

import { type Freeze, isFrozen } from "../../domain/freeze.ts";
import { iso } from "../../domain/instant.ts";
import type { Json } from "../../domain/job.ts";
import type { FreezeState } from "../../ports/operations.ts";
import type { EventLevel, EventType } from "../../ports/events.ts";
import type { EngineContext } from "../context/context.ts";

/** A freeze concerns no single job. */
const EVERY_JOB = "";

/**
 * Freezes, or changes the freeze there is: once this is answered, no DELETE begins any more. Deletions that were only
 * intended are taken back in the same change; the answer names those that are on the wire.
 */
export async function freeze(
  context: EngineContext,
  wanted: Pick<Freeze, "reason" | "owner" | "until">,
  by: string,
): Promise<FreezeState> {
  const { store, watch } = context;
  const before = await store.freeze();
  const { now, ends } = watch.read();
  const at = before !== null && isFrozen(before, ends) ? before.at : now;
  const unsent = (await store.runsInStatus(["deleting"])).filter((run) => run.deleteSentAt === null);
  const end = wanted.until === null ? "until it is released" : `until ${iso(wanted.until)}`;
  await store.commit({
    job: EVERY_JOB,
    writes: [
      { write: "freeze", freeze: { ...wanted, at } },
      { write: "withdraw", runIds: unsent.map((run) => run.runId) },
    ],
    events: [
      event(
        context,
        "freeze.begun",
        "warning",
        `${by} froze all deletions ${end}: ${wanted.reason}`,
        {
          by,
          owner: wanted.owner,
          reason: wanted.reason,
          until: wanted.until,
          // Their deletions were intended, and are taken back unless they were sent just now.
          run_ids: unsent.map((run) => run.runId),
        },
      ),
    ],
  });
  await context.sends.begun();
  return await freezeState(context);
}

/** Ends the freeze; where there is none, nothing changes. */
export async function unfreeze(context: EngineContext, by: string): Promise<FreezeState> {
  const before = await context.store.freeze();
  if (before !== null) {
    const message = `${by} ended the freeze of deletions of ${before.owner} (${before.reason})`;
    await context.store.commit({
      job: EVERY_JOB,
      writes: [{ write: "unfreeze" }],
      events: [event(context, "freeze.ended", "warning", message, { by })],
    });
  }
  return await freezeState(context);
}

/** Takes away a freeze whose time is over; true when there was one. */
export async function endFreeze(context: EngineContext): Promise<boolean> {
  const { store, watch } = context;
  const stored = await store.freeze();
  if (stored === null || isFrozen(stored, watch.read().ends)) return false;
  const message = `The freeze of deletions has ended at ${iso(stored.until!)}: ${stored.reason}`;
  const result = await store.commit({
    job: EVERY_JOB,
    // Frozen anew meanwhile: then there is nothing to take away.
    conditions: [{ condition: "unfrozen" }],
    writes: [{ write: "unfreeze" }],
    events: [event(context, "freeze.ended", "info", message, { until: stored.until })],
  });
  return result.result === "done";
}

/** The freeze as it is now, and what a DELETE may still be under way for. */
export async function freezeState({ store, watch }: EngineContext): Promise<FreezeState> {
  const [stored, rows] = await Promise.all([
    store.freeze(),
    store.runsInStatus(["deleting", "cancelling"]),
  ]);
  return {
    freeze: isFrozen(stored, watch.read().ends) ? stored : null,
    // A run that is being cancelled may be asked about first: it is named rather than passed over.
    onTheWire: rows.filter((run) => run.status === "cancelling" || run.deleteSentAt !== null),
  };
}

function event(
  context: EngineContext,
  type: EventType,
  level: EventLevel,
  message: string,
  data: Record<string, Json>,
) {
  return { type, level, at: context.clock.now(), message, data };
}
