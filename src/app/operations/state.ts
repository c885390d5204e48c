// What callers may ask about what the state holds: to take backups in, to take the original's over, to copy it, to make it
// smaller; part of the composition root.

import { iso } from "../../domain/instant.ts";
import { StoreError } from "../../domain/errors.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { Job } from "../../domain/job.ts";
import { levelsLost, type OriginalBackup } from "../../domain/original_backup.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ImportReport } from "../../engine/inventory/import_backups.ts";
import type { Caller, CompactOutcome, Operations } from "../../ports/operations.ts";
import type { ImportView, SnapshotView } from "../../ports/views/state.ts";
import type { Room } from "../../store/database/room.ts";

/** What they act through. */
export interface StateParts {
  engine: Engine;
  /** Below it callers over TCP may have the state copied; undefined: nowhere. */
  snapshotFolder(): string | undefined;
  /** Copies the state to a new path, and says so in the audit trail; rejects with `StoreError`. */
  takeSnapshot(path: string, by: Caller): Promise<SnapshotView>;
  /** Of the state file; null for a server. Rejects with `StoreError`. */
  room(): Promise<Room | null>;
  /** Gives back all that is free, says so in the audit trail, and answers what is left; rejects with `StoreError`. */
  giveBack(before: Room, by: Caller): Promise<Room>;
  /** Reads the sqlite file of the original, or of its successor what is of this job; rejects with `StoreError`. */
  readOriginal(path: string, job: string): Promise<OriginalBackup[]>;
}

/** Builds them. */
export function stateOperations(
  { engine, ...parts }: StateParts,
): Pick<Operations, "importBackups" | "migrate" | "snapshot" | "compact"> {
  return {
    async importBackups(name, by, dryRun, ids) {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      const report = await engine.importBackups(job, { by: by.name, dryRun, ids });
      if (report === undefined) {
        return {
          outcome: "conflict",
          message:
            `Cannot import into job '${name}': its provider '${job.job.providerKey}' cannot list what it has`,
        };
      }
      return {
        outcome: "done",
        view: importView(job.job, report, dryRun),
      };
    },

    async migrate(name, path, by, dryRun) {
      const job = engine.job(name);
      if (job === undefined) return undefined;
      let records: OriginalBackup[];
      try {
        records = await parts.readOriginal(path, name);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return { outcome: "conflict", message: error.message };
      }
      const report = await engine.importBackups(job, { by: by.name, dryRun, records });
      const view = importView(job.job, report!, dryRun);
      return { outcome: "done", view: { ...view, levels_lost: levelsLost(job.job.retention) } };
    },

    compact: (by, dryRun) => compact(parts, by, dryRun),

    async snapshot(path, by) {
      const refusal = by.isLocal ? undefined : refusalOf(path, parts.snapshotFolder());
      if (refusal !== undefined) return { outcome: "refused", message: refusal };
      try {
        return { outcome: "written", view: await parts.takeSnapshot(path, by) };
      } catch (error) {
        // The state itself is well: it is the path that cannot be used.
        if (error instanceof StoreError && error.kind === "not_writable") {
          return { outcome: "conflict", message: error.message };
        }
        throw error;
      }
    },
  };
}

/** See `Operations.compact`. */
async function compact(
  parts: Pick<StateParts, "room" | "giveBack">,
  by: Caller,
  dryRun: boolean,
): Promise<CompactOutcome> {
  const before = await parts.room();
  if (before === null) {
    return {
      outcome: "conflict",
      message: "Cannot compact the state: its room is the business of the libSQL server that keeps it",
    };
  }
  if (!before.isInSlices && !dryRun) {
    return {
      outcome: "conflict",
      message: `Cannot compact the state while Schelly runs: an earlier version made its file, in which ` +
        `${
          bytesText(before.freeBytes)
        } are free: stop Schelly and run \`schelly state compact\`, once; a file ` +
        "that is made so gives back by itself",
    };
  }
  const after = dryRun ? before.bytes - before.freeBytes : (await parts.giveBack(before, by)).bytes;
  return {
    outcome: "done",
    view: {
      dry_run: dryRun,
      bytes_before: before.bytes,
      bytes_after: after,
      free_bytes: before.freeBytes,
      needs_stop: !before.isInSlices,
    },
  };
}

/** Why a caller over TCP may not have the state copied there; undefined for one who may. */
function refusalOf(path: string, folder: string | undefined): string | undefined {
  if (folder === undefined) {
    return "Cannot copy the state for a caller over TCP: expected state.snapshots.to, a folder for it, in the " +
      "configuration; or ask at the socket";
  }
  const inside = `${folder.replace(/\/+$/, "")}/`;
  if (path.startsWith(inside) && !path.slice(inside.length).split("/").includes("..")) return undefined;
  return "Cannot copy the state there for a caller over TCP: expected a path below the folder that " +
    "state.snapshots.to names; or ask at the socket";
}

function importView(job: Job, report: ImportReport, dryRun: boolean): ImportView {
  const ownerOf = (id: string) => {
    const owner = report.owners.get(id);
    return { job: owner?.job ?? null, host: owner?.host ?? null, paths: [...owner?.paths ?? []] };
  };
  return {
    job: job.name,
    provider: job.providerKey,
    dry_run: dryRun,
    imported: [...report.proven, ...report.rows].map((run) => ({
      id: run.id!,
      run_id: dryRun && run.importedAt !== null ? null : run.runId,
      proven: run.importedAt === null,
      data_id: run.dataId,
      period_time: iso(run.periodTime),
      size_mb: run.sizeMb,
      held: run.holdAt !== null,
      ...ownerOf(run.id!),
    })),
    skipped: report.skipped.map(({ id, why }) => ({ id, why, ...ownerOf(id) })),
    would_delete: report.wouldDelete.map(({ id, periodTime }) => ({
      id,
      period_time: iso(periodTime),
    })),
  };
}
