// Which command helps on after a failure, where the message of it names none.

/** A message that says what to type needs no more. */
const NAMES_COMMAND = /[`'"]schelly |--server|--token-file|--socket/;
/** Groups whose `list` shows what there is. */
const LISTED: ReadonlySet<string> = new Set(["jobs", "runs", "backups", "notify"]);
/** What other commands take names of. */
const OF_JOBS: ReadonlySet<string> = new Set(["retention", "forecast", "coverage", "migrate"]);

/** The end of the message of a failure of this command: `; see 'schelly jobs list'`, or nothing. */
export function helpAfter(kind: "usage" | "not found", message: string, path: readonly string[]): string {
  if (path.length === 0 || NAMES_COMMAND.test(message)) return "";
  if (kind === "usage") return `; see 'schelly ${path.join(" ")} --help'`;
  const group = OF_JOBS.has(path[0]!) || /\bjob\b/.test(message) ? "jobs" : path[0]!;
  return LISTED.has(group) ? `; see 'schelly ${group} list'` : "";
}
