// Tells one life of a pid from another, and whether it has ended: by proof, never because it is not seen.
//
// A pid means something only on one machine, since one boot, in one pid namespace; all three are part of its token.
// Where /proc hides processes or its boot id (hidepid, systemd's ProtectProc= and ProcSubset=), the kernel's own answer
// that there is no such pid is still proof; that it knows one which is not shown says only that somebody has it.

import type { Machine, ProcessFate } from "../ports/host.ts";
import type { GroupSystem } from "./process_group.ts";
import { lives, parsePs, parseStat, type ProcessStat } from "./process_stat.ts";

/** Where pids mean what they mean here. Empty: not known. */
interface Origin {
  host: string;
  machine: string;
  boot: string;
  /** The pid namespace, as the kernel names it. */
  space: string;
}

interface Life extends Origin {
  started: string;
}

export interface ProcessLives {
  /** See `Processes.identity`. */
  identity(pid: number): string | undefined;
  /** See `Processes.fate`. */
  fate(pid: number, identity: string): ProcessFate;
  /** See `Host.machine`. */
  machine(): Machine;
}

/** The last line says whether this /proc shows the namespace that this process is in. */
const WHERE = `exec 2>/dev/null
line=; read -r line </etc/machine-id; echo "$line"
line=; read -r line </proc/sys/kernel/random/boot_id; echo "$line"
readlink /proc/self/ns/pid || echo
line=; read -r line rest </proc/self/stat; [ "$line" = "$$" ] && echo ours
`;

/** Those that `system` can see. */
export function createProcessLives(system: GroupSystem & { hostname(): string }): ProcessLives {
  const output = (program: string, args: string[]) =>
    system.output(program, args, { LC_ALL: "C", TZ: "UTC" });
  let known: { origin: Origin; isShown: boolean } | undefined;

  /** Does not change while this process lives. */
  function where(): { origin: Origin; isShown: boolean } {
    return known ??= look();
  }

  function look(): { origin: Origin; isShown: boolean } {
    const host = system.hostname();
    if (!system.isLinux) return { origin: { host, machine: "", boot: "", space: "" }, isShown: true };
    const [machine = "", boot = "", space = "", ours] = output("sh", ["-c", WHERE])?.split("\n") ?? [];
    return { origin: { host, machine, boot, space }, isShown: ours === "ours" };
  }

  function statOf(pid: number): ProcessStat | undefined {
    if (!where().isShown) return undefined;
    if (!system.isLinux) {
      return parsePs(output("ps", ["-o", "stat=,pgid=,lstart=", "-p", String(pid)]) ?? "");
    }
    return parseStat(output("cat", [`/proc/${pid}/stat`]) ?? "");
  }

  /** Many containers have no machine id, and names such as `db` or `app` that others have, too. */
  const canName = (origin: Origin) => origin.machine !== "" || !system.isLinux;
  const isPid = (pid: number) => Number.isSafeInteger(pid) && pid > 0;

  return {
    machine() {
      return {
        name: known?.origin.host ?? system.hostname(),
        // Only the system's own files tell these, and a program has to be run to read them.
        get id() {
          return where().origin.machine || null;
        },
        get boot() {
          return where().origin.boot || null;
        },
      };
    },
    identity(pid) {
      const stat = isPid(pid) ? statOf(pid) : undefined;
      if (stat === undefined || !lives(stat)) return undefined;
      return writeLife({ ...where().origin, started: stat.started });
    },
    fate(pid, identity) {
      const life = readLife(identity);
      if (!isPid(pid) || life === undefined) return "unseen";
      const { origin } = where();
      const sameBoot = life.boot !== "" && life.boot === origin.boot;
      if (!sameBoot && !(isSameMachine(life, origin) && canName(origin))) return "unseen";
      // What lived before this machine was started again is over.
      if (!sameBoot && life.boot !== "" && origin.boot !== "") return "ended";
      if (life.space !== origin.space) return "unseen";
      if (!system.exists(pid)) return "ended";
      const stat = statOf(pid);
      if (stat === undefined) return "unseen";
      if (stat.started !== life.started || !lives(stat)) return "ended";
      // Without a boot to tell by, another process of before the last one could bear the same numbers.
      return sameBoot || !system.isLinux ? "alive" : "unseen";
    },
  };
}

/** Copies of a machine's disk bear the same id, so its name must be the same as well. */
function isSameMachine(life: Origin, origin: Origin): boolean {
  return life.host === origin.host && life.machine === origin.machine;
}

function writeLife({ host, machine, boot, space, started }: Life): string {
  return [host, machine, boot, space, started].join("|");
}

/** Undefined for a text of another shape, such as tokens of the first version. */
function readLife(identity: string): Life | undefined {
  const parts = identity.split("|");
  if (parts.length !== 5) return undefined;
  const [host, machine, boot, space, started] = parts as [string, string, string, string, string];
  return { host, machine, boot, space, started };
}
