// Says whether `restic unlock` may run: it removes every lock it takes for stale, and only ours may go.

import { z } from "zod";
import type { Clock, Processes, ProcessResult } from "../../ports/host.ts";

const lockSchema = z.looseObject({
  time: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  hostname: z.string(),
  pid: z.int(),
});

/** One lock of the repository; `alive` is null where that cannot be known: on another machine. */
export interface ResticLock {
  /** UTC ms of its last renewal, by the clock of its machine. */
  time: number;
  alive: boolean | null;
}

/** restic takes a lock for stale that was not renewed for 30 min. The rest allows for clocks that differ. */
const STALE_MS = 15 * 60_000;
/** More are not looked at: each costs a start of restic. */
const MAX_LOCKS = 16;

/**
 * True when a process of this machine left a lock behind and no lock of another machine is so old that `unlock` might
 * take it along: its owner may be asleep, or its clock wrong, and prune must never meet a backup.
 */
export function isUnlockSafe(locks: readonly ResticLock[], now: number): boolean {
  return locks.some(({ alive }) => alive === false) &&
    locks.every(({ alive, time }) => alive === false || Math.abs(now - time) < STALE_MS);
}

/** Asks the repository for its locks through `restic`; false whenever they cannot all be read. */
export async function mayUnlock(
  { clock, processes }: { clock: Clock; processes: Processes },
  restic: (args: string[]) => Promise<ProcessResult>,
): Promise<boolean> {
  const listed = await restic(["list", "locks", "--no-lock", "--quiet"]);
  const ids = listed.stdout.split("\n").map((line) => line.trim()).filter((line) =>
    /^[0-9a-f]{64}$/.test(line)
  );
  if (listed.code !== 0 || ids.length > MAX_LOCKS) return false;
  const here = await processes.run({ argv: ["uname", "-n"] }).then(({ stdout }) => stdout.trim(), () => "");
  const locks: ResticLock[] = [];
  for (const id of ids) {
    const shown = await restic(["cat", "lock", id, "--no-lock", "--quiet"]);
    // One that is gone meanwhile hinders nobody.
    if (shown.code !== 0) continue;
    const parsed = lockSchema.safeParse(parseJson(shown.stdout));
    if (!parsed.success) return false;
    const { time, hostname, pid } = parsed.data;
    const isHere = here !== "" && hostname === here;
    locks.push({ time, alive: isHere ? await processes.identity(pid) !== undefined : null });
  }
  return isUnlockSafe(locks, clock.now());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
