// Whether tests can make cgroups here.

import process from "node:process";
import { systemProcesses } from "../../src/runtime/processes.ts";

/** False when processes can be run in scopes here, else why tests of them are skipped. */
export function whyNoScopes(): string | false {
  const script = "grep -q schelly- /proc/self/cgroup";
  const { scopes } = systemProcesses;
  if (scopes !== undefined && triedOnce(script)) return false;
  process.stderr.write("skipped: tests that need cgroups, since ours is not ours to divide\n");
  return "the cgroup of this process is not its own to divide";
}

/** By the way in which programs enter a scope themselves. */
function triedOnce(script: string): boolean {
  const enter = `own=/sys/fs/cgroup; [ -e $own/cgroup.procs ] || own=$own/unified
    path=$(sed -n s/^0:://p /proc/self/cgroup); folder=$own$path/schelly-try
    [ "$path" = / ] && mkdir $folder && echo 0 >$folder/cgroup.procs && ${script}; code=$?
    echo 0 >$own/cgroup.procs; rmdir $folder; exit $code`;
  return new Deno.Command("sh", { args: ["-c", enter], stdin: "null", stdout: "null", stderr: "null" })
    .outputSync().success;
}
