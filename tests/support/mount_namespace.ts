// The compiled program among mounts of its own, which a shell script makes before it starts it.

import { Child } from "./program.ts";

/** Runs `script` in `folder`; it finds the program as `$0`, and may mount what it likes. */
export function inMountNamespace(program: string, script: string, folder: string): Child {
  const asRoot = Deno.uid() === 0 ? [] : ["--map-root-user"];
  return new Child(
    "schelly run",
    ["unshare", "--mount", ...asRoot, "sh", "-euc", script, program],
    { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: folder },
    folder,
  );
}
