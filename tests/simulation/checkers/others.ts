// I38: no lock of what lives and no process of others is touched, and what others are just saving can be restored.

import type { SimProcess, SimSignal } from "../builtin/machine.ts";
import type { SimLock, SimRepository, SimSnapshot } from "../builtin/restic_repository.ts";
import type { Life } from "../sim_clock.ts";
import type { Finding } from "./witness.ts";

/** I38: the program takes no lock whose owner lives, its own orphans included; `by`: the life that did it. */
export function I38_locksOfLiving({ owner, id }: SimLock, by: Life | null): Finding {
  if (by === null || !owner.alive) return;
  return `the lock ${
    id.slice(0, 8)
  } of a living restic of ${owner.user} on ${owner.machine.host} was removed`;
}

/** I38: the program ends nothing that it did not start. */
export function I38_processesOfOthers(to: SimProcess, signal: SimSignal, by: Life | null): Finding {
  if (by === null || to.ours !== null) return;
  return `${signal} was sent to process ${to.pid} (${to.name}) of ${to.user}`;
}

/** I38: a backup that ends well has all that it is made of, where nobody else took a lock or a pack. */
export function I38_backupsOfOthersLive(
  repository: SimRepository,
  snapshot: SimSnapshot,
  by: SimProcess,
): Finding {
  if (repository.hasPacks(snapshot)) return;
  return `a backup of ${by.user} on ${by.machine.host} ended well and cannot be restored`;
}
