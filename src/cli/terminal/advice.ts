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

/** The end of the message of a server that found its door taken: how it is given another one, or nothing. */
export function otherDoor(message: string, path: readonly string[]): string {
  const unix = /^Cannot listen on unix:/.test(message);
  const [, hostname, port] = /^Cannot listen on (?:\w+:\/\/)?(\S+):(\d+): /.exec(message) ?? [];
  if (!unix && port === undefined) return "";
  const free = Number(port) < 65_535 ? Number(port) + 1 : Number(port) - 1;
  const option = unix ? "--socket PATH" : `--listen ${hostname}:${free}`;
  if (path[0] !== "run") return unix ? "" : `, for example with ${option}`;
  return `, for example 'schelly run ${option}', or ${
    unix ? "server.socket" : "server.listen"
  } in the configuration`;
}
