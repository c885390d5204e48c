// What callers may ask about deletions, and about holds and the freeze that forbid them; part of the composition root.

import { isUnfinished, type Run } from "../../domain/backup.ts";
import { freezeText, isFrozen } from "../../domain/freeze.ts";
import { endsEarlier, holdText, isHeld } from "../../domain/hold.ts";
import { iso } from "../../domain/instant.ts";
import { lockTextOf } from "../../domain/lock.ts";
import type { Engine } from "../../engine/engine.ts";
import { sharedText } from "../../engine/retention/shared_data.ts";
import type { ClockWatch } from "../../ports/clock_watch.ts";
import type { Caller, Operations } from "../../ports/operations.ts";
import type { RunStore } from "../../ports/store.ts";

/** What they act through. */
export interface SafetyParts {
  engine: Engine;
  store: RunStore;
  watch: ClockWatch;
}

type SafetyOperations = Pick<
  Operations,
  | "holdBackup"
  | "releaseBackup"
  | "freeze"
  | "unfreeze"
  | "freezeState"
  | "deleteBackup"
  | "cancelRun"
>;

/** Statuses an operator may delete by id. */
const DELETABLE: readonly Run["status"][] = [
  "available",
  "missing",
  "failed",
  "lost",
  "cancelled",
  "delete-error",
];

/** Builds them. */
export function safetyOperations({ engine, store, watch }: SafetyParts): SafetyOperations {
  const { safekeeping } = engine;

  /** Why nothing may delete this backup now; undefined when nothing forbids it. */
  async function forbidden(run: Run): Promise<string | undefined> {
    const { ends } = watch.read();
    const freeze = await store.freeze();
    if (freeze !== null && isFrozen(freeze, ends)) return `${freezeText(freeze)}: see 'schelly unfreeze'`;
    const locked = lockTextOf(run, ends);
    if (locked !== undefined) return `it is ${locked}`;
    return isHeld(run, ends)
      ? `it is ${holdText(run)}: see 'schelly backups release ${run.id ?? run.runId}'`
      : undefined;
  }

  const doubt = () => doubtOf(watch);

  return {
    async holdBackup(run, { reason, owner, until }, by) {
      if (isHeld(run, watch.read().ends) && endsEarlier(run.holdUntil, until) && by.role !== "admin") {
        return { outcome: "forbidden", message: needsAdmin(by, "the hold", run.holdUntil) };
      }
      return await safekeeping.hold(run, { reason, owner: owner ?? by.name, until }, by.name);
    },
    releaseBackup: (run, by) => safekeeping.release(run, by.name),

    async freeze({ reason, owner, until }, by) {
      const { freeze } = await safekeeping.freezeState();
      if (freeze !== null && endsEarlier(freeze.until, until) && by.role !== "admin") {
        return { outcome: "forbidden", message: needsAdmin(by, "the freeze", freeze.until) };
      }
      const wanted = { reason, owner: owner ?? by.name, until };
      return { outcome: "done", state: await safekeeping.freeze(wanted, by.name) };
    },
    unfreeze: (by) => safekeeping.unfreeze(by.name),
    freezeState: () => safekeeping.freezeState(),

    async deleteBackup(run, by) {
      const conflict = undeletable(run) ?? unreachable(run, safekeeping.canReach(run));
      if (conflict !== undefined) return { outcome: "conflict", message: conflict };
      const why = await forbidden(run) ?? doubt();
      if (why !== undefined) {
        return { outcome: "conflict", message: `Cannot delete backup '${run.id}': ${why}` };
      }
      const after = await safekeeping.delete(run, by.name);
      const refused = after && refusalOf(after, watch.read().ends);
      if (refused !== undefined) return { outcome: "conflict", message: refused };
      if (after !== undefined) return { outcome: "accepted", run: after };
      const since = await forbidden((await store.run(run.runId)) ?? run) ?? doubt();
      const sharedWith = since === undefined ? await safekeeping.sharer(run) : undefined;
      if (sharedWith !== undefined) {
        const message = `Cannot delete backup '${run.id}': ${sharedText(sharedWith, watch.read().ends)}`;
        return { outcome: "conflict", message, sharedWith };
      }
      return {
        outcome: "conflict",
        message: since === undefined
          ? `Backup '${run.id}' changed at the same moment: look again`
          : `Cannot delete backup '${run.id}': ${since}`,
      };
    },

    async cancelRun(run, by) {
      if (!isUnfinished(run.status)) {
        return { outcome: "conflict", message: `Run ${run.runId} is over, it is '${run.status}'` };
      }
      const why = await forbidden(run);
      if (why !== undefined) {
        return { outcome: "conflict", message: `Cannot cancel run ${run.runId}: ${why}` };
      }
      if (!await engine.cancel(run, `by hand: ${by.name}`)) {
        return { outcome: "conflict", message: `Run ${run.runId} is not followed by this server` };
      }
      return { outcome: "accepted", run: (await store.run(run.runId)) ?? run };
    },
  };
}

/** Why nothing at all is deleted now; undefined when the clock is trusted. */
function doubtOf(watch: ClockWatch): string | undefined {
  const { now, inDoubtUntil } = watch.read();
  return inDoubtUntil === null ? undefined : `the clock, which says ${iso(now)}, is in doubt until ` +
    `${iso(inDoubtUntil)}: set it right, or say that it is right with 'schelly clock trust'`;
}

/** Why a DELETE that was sent came to nothing: its storage refused it, and the backup is what it was. */
function refusalOf(after: Run, now: number): string | undefined {
  const locked = after.status === "available" ? lockTextOf(after, now) : undefined;
  return locked && `Cannot delete backup '${after.id}': it is ${locked}`;
}

function needsAdmin(by: Caller, what: string, until: number | null): string {
  const end = until === null ? "has no end" : `ends at ${iso(until)}`;
  return `To end ${what} early needs the role admin: it ${end}, and '${by.name}' is ${by.role}`;
}

function undeletable(run: Run): string | undefined {
  if (run.id === null) return `Run ${run.runId} has no backup at the provider`;
  if (DELETABLE.includes(run.status)) return undefined;
  return `Backup '${run.id}' is '${run.status}': expected ${DELETABLE.join(", ")}`;
}

function unreachable(run: Run, reachable: boolean): string | undefined {
  if (reachable) return undefined;
  return `Cannot delete backup '${run.id}': it was made at provider '${run.providerKey}', which is not in the ` +
    "configuration: nothing is deleted anywhere else; declare that provider again under 'providers', by that name or " +
    `by another with 'formerly: ["${run.providerKey}"]'`;
}
