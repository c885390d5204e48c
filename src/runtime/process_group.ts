// Process groups by the pid of their leader: who lives in one, and how all of it is ended.
//
// Deno opens /proc only to a process with all permissions, which Schelly never has: `cat` and `sh` read it instead.
// Where there is no /proc, `ps` tells; without that, too, only a signal. /proc may hide what lives (hidepid, another
// pid namespace), the kernel's answer to a signal never does.

import { lives, parsePs, parseStat } from "./process_stat.ts";

/** What a runtime must offer for that. */
export interface GroupSystem {
  /** Of this process. */
  pid: number;
  isLinux: boolean;
  /** To one process, or to a group by its negative number; false when nobody is there, throws when not allowed. */
  signal(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean;
  /** True when the kernel knows a process, or by its negative number a group; those not yet reaped count. */
  exists(pid: number): boolean;
  /** What a program prints, whatever its exit code; undefined when it cannot be run. */
  output(program: string, args: string[], env: Record<string, string>): string | undefined;
}

export interface ProcessGroups {
  /**
   * Sends a signal to every process of the group; true when a living one was there.
   * Pids that cannot be a child's (0, 1, our own) are refused: the kernel takes them for "everybody".
   */
  killGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean;
  /** True while a process of the group lives; one that has ended and was not yet reaped does not count. */
  groupLives(pid: number): boolean;
}

/** The groups that `system` can reach. */
export function createProcessGroups(system: GroupSystem): ProcessGroups {
  // A process may end between a listing and the look.
  const output = (program: string, args: string[]) =>
    system.output(program, args, { LC_ALL: "C", TZ: "UTC" });
  const canLead = (pid: number) => Number.isSafeInteger(pid) && pid > 1 && pid !== system.pid;

  function groupLives(pid: number): boolean {
    if (!canLead(pid)) return false;
    const processes = system.isLinux
      ? output("sh", ["-c", "cat /proc/[0-9]*/stat 2>/dev/null"])?.split("\n").map(parseStat)
      : output("ps", ["-A", "-o", "stat=,pgid=,lstart="])?.split("\n").map(parsePs);
    const members = processes?.filter((one) => one?.group === pid) ?? [];
    if (members.some((one) => one !== undefined && lives(one))) return true;
    // Seen are those alone that have ended; who is not seen at all may be hidden.
    return members.length === 0 && system.exists(-pid);
  }

  return {
    groupLives,
    killGroup: (pid, signal) => canLead(pid) && groupLives(pid) && system.signal(-pid, signal),
  };
}
