// Forgets one snapshot, and believes it only on restic's word for that snapshot, or by what the repository then has.

import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { BackupOutcome } from "../../ports/provider.ts";
import { BackupFailure, LockedUntil } from "../host/backup_failure.ts";
import { hostName } from "./host_name.ts";
import { refusalOf } from "./restic_refusal.ts";
import { saysRemoved, type Snapshot } from "./restic_output.ts";
import type { ResticPorts, ResticProgram } from "./restic_program.ts";
import type { ResticRepository } from "./restic_repository.ts";
import { isAbsent, type ResticSnapshots } from "./restic_snapshots.ts";

/** `vanished`: it was there, and went without restic saying that this was its doing. */
type Forgotten = "removed" | "vanished" | "absent";

/** Short: the other may well be our own running backup, and calls to this provider queue behind this one. */
const LOCK_WAIT_MS = 10_000;

/** Forgets the snapshot of a backup; rejects with `BackupFailure` when it stays, or that cannot be told. */
export function createResticForget(
  spec: Pick<ResticProviderSpec, "prune">,
  { processes }: Pick<ResticPorts, "processes">,
  restic: ResticProgram,
  repository: Pick<ResticRepository, "lookInSame">,
  snapshots: Pick<ResticSnapshots, "find">,
): (id: string, dataId: string, signal: AbortSignal, outcome?: BackupOutcome) => Promise<Forgotten> {
  /** What another repository does not have proves nothing, and it may come and go between any two calls. */
  const look = (id: string, dataId: string, signal: AbortSignal): Promise<Snapshot | undefined> =>
    repository.lookInSame(() => snapshots.find(id, dataId), isAbsent, signal);

  /** A restic that a kill of this program left unknown goes on, and saves its snapshot later. */
  async function demandNobodySaves(): Promise<void> {
    const [{ locks }, name] = [await restic.locks(), await hostName(processes)];
    const other = locks.find(({ state, host }) =>
      state === "foreign" && (name === undefined || host === name)
    );
    if (other === undefined) return;
    throw new BackupFailure(
      "locked",
      `the repository '${restic.repository}' has no snapshot of it, and a restic of ${other.user} on ${other.host} ` +
        `(PID ${other.pid}) is at work there, which may still be saving it: it is tried again`,
    );
  }

  return async (id, dataId, signal, outcome) => {
    let snapshot = await look(id, dataId, signal);
    // restic itself tries for a minute; where there is nothing to delete, none is refused.
    if (snapshot !== undefined && await restic.location.onlyTakesIn?.(signal) === true) {
      const message =
        `Cannot forget snapshot ${snapshot.id.slice(0, 8)}: the server of '${restic.repository}' ` +
        "deletes nothing: it only takes more in (append-only)";
      throw new LockedUntil(message);
    }
    if (snapshot === undefined && outcome === "failed") {
      await demandNobodySaves();
      // It may have been saved between the two.
      snapshot = await look(id, dataId, signal);
    }
    if (snapshot === undefined) return "absent";
    const name = snapshot.id.slice(0, 8);
    // An id that it does not find it ignores, and ends with 0: only so does it say what it removed.
    const args = ["forget", "--verbose=2", ...(spec.prune ? ["--prune"] : []), snapshot.id];
    let isRemoved = false;
    const what = `forget snapshot ${name}`;
    const result = await restic.run(args, {
      signal,
      onLine: (line) => isRemoved ||= saysRemoved(line, snapshot.id),
      lockWaitMs: LOCK_WAIT_MS,
    });
    const refusal = result.code === 0 || isRemoved ? undefined : refusalOf(result.stderr);
    if (result.code !== 0 && refusal === undefined) throw restic.failure(what, result);
    if (isRemoved) return "removed";
    const left = await look(id, dataId, signal);
    if (left !== undefined && refusal !== undefined) {
      const message = `Cannot ${what}: the storage of '${restic.repository}' refuses it: ${refusal.words}`;
      throw new LockedUntil(message, refusal.until);
    }
    if (left === undefined) return "vanished";
    throw new BackupFailure(
      "still_there",
      `restic was told to forget snapshot ${name} and ended without an error, but the repository ` +
        `'${restic.repository}' still has ${left.id.slice(0, 8)}: it is tried again`,
    );
  };
}
