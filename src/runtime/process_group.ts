// Process groups by the pid of their leader: who lives in one, and how all of it is ended.
//
// Deno opens /proc only to a process with all permissions, which Schelly never has: `cat` and `sh` read it instead.
// Where there is no /proc, `ps` tells; without that, too, only a signal.

/** What a runtime must offer for that. */
export interface GroupSystem {
  /** Of this process. */
  pid: number;
  isLinux: boolean;
  /** To one process, or to a group by its negative number; false when nobody is there, throws when not allowed. */
  signal(pid: number, signal: "SIGTERM" | "SIGKILL" | "SIGCONT"): boolean;
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
  /**
   * A token of one life of a pid, the same until that process ends and never again after a reboot; undefined when
   * no such process lives or the system cannot tell.
   */
  identity(pid: number): string | undefined;
}

/** What the system tells of one process. */
interface ProcessStat {
  /** Z or X: ended, and only waits for its parent to take note. */
  state: string;
  group: number;
  started: string;
}

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** The groups that `system` can see. */
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
    if (processes === undefined) return groupAnswers(pid);
    return processes.some((one) => one !== undefined && one.group === pid && lives(one));
  }

  /** SIGCONT changes nothing for a process that runs. What ended and was not yet reaped counts, too. */
  function groupAnswers(pid: number): boolean {
    try {
      return system.signal(-pid, "SIGCONT");
    } catch {
      return false;
    }
  }

  return {
    groupLives,
    killGroup: (pid, signal) => canLead(pid) && groupLives(pid) && system.signal(-pid, signal),
    identity(pid) {
      if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
      if (!system.isLinux) {
        const process = parsePs(output("ps", ["-o", "stat=,pgid=,lstart=", "-p", String(pid)]) ?? "");
        return process !== undefined && lives(process) ? process.started : undefined;
      }
      const [bootId, stat] = output("cat", [BOOT_ID, `/proc/${pid}/stat`])?.split("\n") ?? [];
      const process = parseStat(stat ?? "");
      return process !== undefined && lives(process) ? `${bootId}:${process.started}` : undefined;
    },
  };
}

function lives(process: ProcessStat): boolean {
  return !/^[ZX]/.test(process.state);
}

/** A line of /proc/PID/stat, as proc(5) has it. */
function parseStat(line: string): ProcessStat | undefined {
  // The program's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const started = fields[19];
  if (state === undefined || group === undefined || started === undefined) return undefined;
  return { state, group: Number(group), started };
}

function parsePs(line: string): ProcessStat | undefined {
  const [state, group, ...started] = line.trim().split(/\s+/);
  if (state === undefined || group === undefined) return undefined;
  return { state, group: Number(group), started: started.join(" ") };
}
