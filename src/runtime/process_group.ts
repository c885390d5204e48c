// Process groups by the pid of their leader: who lives in one, and how all of it is ended.

/** What the kernel tells of one process. */
interface ProcessStat {
  /** Z or X: ended, and only waits for its parent to take note. */
  state: string;
  group: number;
  startTicks: string;
}

/**
 * Sends a signal to every process of the group; true when a living one was there.
 * Pids that cannot be a child's (0, 1, our own) are refused: the kernel takes them for "everybody".
 */
export function killGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean {
  if (!canLead(pid) || !groupLives(pid)) return false;
  try {
    Deno.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** True while a process of the group lives; one that has ended and was not yet reaped does not count. */
export function groupLives(pid: number): boolean {
  if (!canLead(pid)) return false;
  if (!procIsReadable()) return groupLivesByPs(pid);
  for (const entry of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const stat = parseStat(readProc(`/proc/${entry.name}/stat`));
    if (stat !== undefined && stat.group === pid && lives(stat)) return true;
  }
  return false;
}

/** A token of one life of a pid, the same until that process ends and never again after a reboot. */
export async function identity(pid: number): Promise<string | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (!procIsReadable()) return await startTimeFromPs(pid);
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  if (stat === undefined || !lives(stat)) return undefined;
  return `${readProc("/proc/sys/kernel/random/boot_id")?.trim()}:${stat.startTicks}`;
}

function canLead(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== Deno.pid;
}

function lives(stat: ProcessStat): boolean {
  return stat.state !== "Z" && stat.state !== "X";
}

/** False on other systems than Linux, and where the runtime was not given all permissions. */
function procIsReadable(): boolean {
  try {
    return Deno.build.os === "linux" && Deno.readTextFileSync("/proc/sys/kernel/random/boot_id") !== "";
  } catch {
    return false;
  }
}

function readProc(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined; // The process ended between the listing and the look.
  }
}

function parseStat(text: string | undefined): ProcessStat | undefined {
  if (text === undefined) return undefined;
  // The program's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const startTicks = fields[19];
  if (state === undefined || group === undefined || startTicks === undefined) return undefined;
  return { state, group: Number(group), startTicks };
}

/** Without /proc. */
function groupLivesByPs(pid: number): boolean {
  try {
    const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pgid=,stat="], stderr: "null" })
      .outputSync();
    const lines = new TextDecoder().decode(stdout).split("\n").map((line) => line.trim().split(/\s+/));
    return lines.some(([group, state]) => Number(group) === pid && !/^[ZX]/.test(state ?? "Z"));
  } catch {
    return groupAnswers(pid); // No ps either.
  }
}

/** SIGCONT changes nothing for a process that runs. What ended and was not yet reaped counts, too. */
function groupAnswers(pid: number): boolean {
  try {
    Deno.kill(-pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

/** The start by the wall clock, to the second. */
async function startTimeFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "stat=,lstart=", "-p", String(pid)],
    env: { LC_ALL: "C", TZ: "UTC" },
    stderr: "null",
  }).output();
  const [state, ...started] = new TextDecoder().decode(stdout).trim().split(/\s+/);
  if (state === undefined || state === "" || /^[ZX]/.test(state)) return undefined;
  return started.join(" ");
}
