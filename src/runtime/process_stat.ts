// Reads what /proc and `ps` tell of one process.

/** What the system tells of one process. */
export interface ProcessStat {
  /** Z or X: ended, and only waits for its parent to take note. */
  state: string;
  group: number;
  started: string;
}

/** False for one that has ended and was not yet reaped. */
export function lives(process: ProcessStat): boolean {
  return !/^[ZX]/.test(process.state);
}

/** A line of /proc/PID/stat, as proc(5) has it. */
export function parseStat(line: string): ProcessStat | undefined {
  // The program's name stands in parentheses and may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, , group] = fields;
  const started = fields[19];
  if (state === undefined || group === undefined || started === undefined) return undefined;
  return { state, group: Number(group), started };
}

/** A line of `ps -o stat=,pgid=,lstart=`. */
export function parsePs(line: string): ProcessStat | undefined {
  const [state, group, ...started] = line.trim().split(/\s+/);
  if (state === undefined || group === undefined) return undefined;
  return { state, group: Number(group), started: started.join(" ") };
}
