// The name of this machine, as the programs that a provider runs see it.

import type { Processes } from "../../ports/host.ts";

/** Undefined where it cannot be found out; never rejects. */
export async function hostName(processes: Processes): Promise<string | undefined> {
  return await processes.run({ argv: ["uname", "-n"] })
    .then(
      ({ code, stdout }) => code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined,
      () => undefined,
    );
}
