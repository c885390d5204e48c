// Scopes: what was started under one name, and all that this started in turn, also where it left its process group. Each
// is a cgroup of its own below ours (cgroup v2), where ours was given to us to be divided: by systemd's `Delegate=`, or
// as the whole of a container. Elsewhere there are none.
//
// All of it is done by `sh`: Deno opens the files of /sys and /proc only to a process with all permissions.

import type { ProcessScopes, ProcessSpec } from "../ports/host.ts";
import type { GroupSystem } from "./process_group.ts";

/** Prints our own cgroup's folder if it is ours to divide. A user's session is divided by the user's systemd. */
const OWN = `exec 2>/dev/null
path=
while IFS= read -r line; do case $line in 0::*) path=\${line#0::} ;; esac; done </proc/self/cgroup
[ -n "$path" ] || exit
own=
while read -r _ folder type _; do [ "$type" = cgroup2 ] && own=$folder; done </proc/self/mounts
[ -n "$own" ] || exit
uid=$(id -u)
case $path in
/) ;;
*/user@*) exit ;;
*)
  own=$own$path
  if [ "$uid" = 0 ]; then [ "$(systemctl show -p Delegate --value -- "\${path##*/}")" = yes ] || exit
  else [ "$(stat -c %u "$own")" = "$uid" ] || exit; fi ;;
esac
probe=$own/schelly-probe-$$
mkdir "$probe" && [ -w "$probe/cgroup.procs" ] && echo "$own"
rmdir "$probe"
`;

/** $0: the scope's folder; the rest: the command. Where it cannot get in, the command runs all the same. */
const ENTER =
  `enter() { mkdir "$1"; echo 0 >"$1/cgroup.procs"; }; { enter "$0" || enter "$0"; } 2>/dev/null; exec "$@"`;

/** The same without a scope. */
const BEGIN = `exec "$@"`;

/** What comes before either of them: a line from us, or our end. The rest of the input is the command's. */
const WAIT = "read -r admitted || exit; ";

/** The line that lets a command begin. */
export const ADMITTED = "admitted\n";

/** $1: a program, $2: the folder that it is to run in. Exit code 0 when it surely can be executed. */
const CAN_START = `[ -z "$2" ] || cd "$2" || exit
case $1 in */*) [ -f "$1" ] && [ -x "$1" ] ;; *) command -v -- "$1" >/dev/null ;; esac && echo yes
`;

/** $1: our folder, $2: the scope's. Prints how many were ended. Kernels before 5.14 have no cgroup.kill. */
const END = `exec 2>/dev/null
if [ -d "$2" ]; then
  ended=$(wc -l <"$2/cgroup.procs")
  tries=0
  until rmdir "$2" || [ $tries -gt 20 ]; do
    echo 1 >"$2/cgroup.kill" || while read -r pid; do kill -KILL "$pid"; done <"$2/cgroup.procs"
    tries=$((tries + 1))
    sleep 0.05
  done
  echo "$ended"
fi
rmdir "$1"/schelly-*
exit 0
`;

/** $1: our folder, $2: the scope's. Goes if nothing lives there any more, as do those that were left before. */
const LEAVE = `rmdir "$2" "$1"/schelly-* 2>/dev/null; exit 0`;

/** What the runner needs beside the port. */
export interface RunnerScopes extends ProcessScopes {
  /**
   * The command that runs what `spec` asks for within its scope, and, where it `waits`, once `ADMITTED` was written to it;
   * the same one where neither is asked for, or the program cannot be started.
   */
  wrapped(spec: ProcessSpec): { spec: ProcessSpec; waits: boolean };
}

/** Those of `system`; `run` runs a program to its end and answers what it printed. */
export function createProcessScopes(
  system: GroupSystem,
  run: (argv: [string, ...string[]]) => Promise<string>,
): RunnerScopes {
  let known: string | undefined;
  /** Empty: there are none. Does not change while this process lives. */
  const own = () =>
    known ??= system.isLinux ? (system.output("sh", ["-c", OWN], {}) ?? "").trim().split("\n")[0]! : "";
  const folderOf = (scope: string) => `${own()}/schelly-${scope.replaceAll(/[^\w.-]/g, "_")}`;

  return {
    wrapped(spec) {
      const folder = spec.scope === undefined || own() === "" ? undefined : folderOf(spec.scope);
      const waits = spec.admit !== undefined;
      if (folder === undefined && !waits) return { spec, waits };
      // Else the error would be the shell's: one that nobody can tell from the program's own.
      const [program] = spec.argv;
      const can = system.output("sh", ["-c", CAN_START, "sh", program, spec.cwd ?? ""], spec.env ?? {});
      if (can?.trim() !== "yes") return { spec, waits: false };
      const script = (waits ? WAIT : "") + (folder === undefined ? BEGIN : ENTER);
      return { spec: { ...spec, argv: ["sh", "-c", script, folder ?? "sh", ...spec.argv] }, waits };
    },
    async end(scope) {
      if (own() === "") return 0;
      return Number.parseInt(await run(["sh", "-c", END, "sh", own(), folderOf(scope)])) || 0;
    },
    async leave(scope) {
      if (own() !== "") await run(["sh", "-c", LEAVE, "sh", own(), folderOf(scope)]);
    },
  };
}
