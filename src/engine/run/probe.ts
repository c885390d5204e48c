// Looks again, hourly for a day, for backups that were given up: a proof makes them available after all.

import { ProviderError } from "../../domain/errors.ts";
import type { Run } from "../../domain/backup.ts";
import type { Job } from "../../domain/job.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type Move, tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { judgeSize } from "../safekeeping/suspects.ts";

/** What a run is probed and judged with. */
interface ProbeParts {
  job: Job;
  calls: ProviderCalls;
}

const PROBE_EVERY_MS = 3_600_000;
const PROBE_FOR_MS = 24 * PROBE_EVERY_MS;

/** Probes lost and unsettled runs; one object for the life of the engine. */
export class Prober {
  #probedAt = new Map<string, number>();

  constructor(private readonly context: EngineContext) {}

  /** Probes what is due; `partsOf` is undefined for rows of jobs or providers that config does not name. */
  async probe(partsOf: (run: Run) => ProbeParts | undefined): Promise<Run[]> {
    const now = this.context.clock.now();
    const given =
      (await this.context.store.runsInStatus(["lost", "failed"], undefined, undefined, now - PROBE_FOR_MS))
        .filter((run) => run.status === "lost" ? run.id !== null : run.reason === "unsettled");
    const known = new Set(given.map((run) => run.runId));
    for (const runId of this.#probedAt.keys()) if (!known.has(runId)) this.#probedAt.delete(runId);
    const found: Run[] = [];
    for (const run of given) {
      const last = this.#probedAt.get(run.runId) ?? run.endTime ?? now;
      const parts = partsOf(run);
      if (parts === undefined || now - last < PROBE_EVERY_MS) continue;
      this.#probedAt.set(run.runId, now);
      const info = await this.#look(run, parts.calls);
      if (info?.state !== "available") continue;
      const moved = await tryMove(this.context, run, await foundMove(this.context, parts.job, run, info));
      if (moved !== undefined) found.push(moved);
    }
    return found;
  }

  async #look(run: Run, calls: ProviderCalls): Promise<BackupInfo | undefined> {
    try {
      if (run.id !== null) {
        const answer = await calls.get(run.id);
        return answer.found === "yes" ? answer.backup : undefined;
      }
      if (!(await calls.capabilities()).lookup) return undefined;
      const info = await calls.lookup(run.runId);
      return info?.runId === run.runId ? info : undefined;
    } catch (error) {
      if (error instanceof ProviderError) return undefined;
      throw error;
    }
  }
}

/** The move that a proof makes of a run which was given up: its backup is available after all. */
export async function foundMove(
  context: EngineContext,
  job: Job,
  run: Run,
  info: BackupInfo,
): Promise<Move> {
  const suspicion = await judgeSize(context, job, run, info.id, info.sizeMb ?? null);
  const message =
    `Backup '${info.id}' of job '${run.job}', given up as ${run.status}, is available after all`;
  return {
    from: [run.status],
    set: {
      ...suspicion.set,
      status: "available",
      reason: null,
      id: info.id,
      dataId: info.dataId ?? null,
      sizeMb: info.sizeMb ?? null,
      endTime: context.clock.now(),
      message: info.message ?? null,
      // Its slot has its backup.
      retryAt: null,
    },
    events: [
      runEvent(context, run, "run.found", "warning", message, { id: info.id, was: run.status }),
      ...suspicion.events,
    ],
  };
}
