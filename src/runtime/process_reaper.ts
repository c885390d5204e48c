// Takes note of the end of processes that were left to this one, so that they do not stay as zombies.
//
// A process whose parent ends is given to the first process of its pid namespace: to Schelly, in a container without an
// init. Only processes that Schelly did not start itself are waited for, each by its number: to wait for just any would
// take the exit codes of our own children from the runtime.

import { systemClock } from "./clock.ts";
import { isOwnChild } from "./processes.ts";

const EVERY_MS = 5_000;
/** Linux's WNOHANG: answer at once. */
const WITHOUT_WAITING = 1;

/** Does nothing where this is not the first process, or where the system offers no way. Ends with the process. */
export function reapAsFirstProcess(): void {
  if (Deno.pid !== 1 || Deno.build.os !== "linux") return;
  const wait = openWait();
  if (wait !== undefined) void reapForEver(wait);
}

/** Takes note of the end of a child that has ended; else does nothing. Undefined where there is no such C library. */
function openWait(): ((pid: number) => void) | undefined {
  try {
    const { symbols } = Deno.dlopen("libc.so.6", {
      waitpid: { parameters: ["i32", "pointer", "i32"], result: "i32" },
    });
    return (pid) => void symbols.waitpid(pid, null, WITHOUT_WAITING);
  } catch {
    return undefined;
  }
}

async function reapForEver(wait: (pid: number) => void): Promise<never> {
  for (;;) {
    await systemClock.sleep(EVERY_MS);
    for (const pid of otherProcesses()) wait(pid);
  }
}

/** Every process that is not ours: who of them is no child of this one either is not touched by a wait. */
function otherProcesses(): number[] {
  try {
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name))
      .filter((pid) => Number.isSafeInteger(pid) && pid > 1 && !isOwnChild(pid));
  } catch {
    return [];
  }
}
