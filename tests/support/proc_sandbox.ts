// Programs that see a /proc of their own, as systemd mounts it for a hardened service.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { missing } from "./require_tool.ts";

export interface User {
  uid: number;
  gid: number;
}

export const NOBODY: User = { uid: 65534, gid: 65534 };

/** False when that can be done here, else why not: it needs root. */
export function whyNoSandbox(): string | false {
  try {
    const [program, ...args] = withProc("hidepid=invisible", NOBODY, ["true"]);
    const tries = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" });
    if (tries.outputSync().success) return false;
  } catch {
    // No unshare at all.
  }
  return missing("a /proc of their own", "this process may not mount one with unshare and setpriv");
}

/**
 * `argv` as this user and group without privileges, with /proc mounted with these options. Group 0 would see everything;
 * user 0 is one like any other, who may also read what belongs to root.
 */
export function withProc(mount: string, user: User, argv: readonly string[]): [string, ...string[]] {
  const script = `mount -t proc ${mount === "" ? "" : `-o ${mount} `}proc /proc && exec "$@"`;
  const drop = ["setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const confine = [...drop, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"];
  return ["unshare", "--mount", "sh", "-c", script, "sh", ...confine, ...argv];
}

/** How the shipped unit has /proc mounted, as options of mount. */
export function procOfUnit(): string {
  const path = fileURLToPath(new URL("../../deploy/systemd/schelly.service", import.meta.url));
  const unit = readFileSync(path, "utf8");
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];
  const [hidden, subset] = [setting("ProtectProc"), setting("ProcSubset")];
  return [
    ...(hidden === undefined ? [] : [`hidepid=${hidden}`]),
    ...(subset === "pid" ? ["subset=pid"] : []),
  ].join(",");
}
