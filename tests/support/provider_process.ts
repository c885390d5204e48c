// A process of its own that serves a built-in `command` provider, to be killed without warning.
// Arguments: state folder, shell script that makes a backup. Says its URL on standard output.

import type { CommandProviderSpec } from "../../src/domain/provider_spec.ts";
import { serveBuiltin } from "../../src/provider_kit.ts";
import { createHost } from "../../src/runtime/host.ts";

/** A `command` provider whose create is a shell script; delete always works. */
export function commandSpec(script: string, more: Partial<CommandProviderSpec> = {}): CommandProviderSpec {
  return {
    kind: "command",
    key: "command",
    formerly: [],
    maxConcurrent: 1,
    timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 10_000 },
    pollIntervalMs: 1_000,
    verifyBeforeDelete: true,
    pre: null,
    post: null,
    createLimitMs: null,
    createBody: undefined,
    deleteBody: undefined,
    create: ["sh", "-c", script],
    delete: ["true"],
    get: null,
    list: null,
    env: {},
    cwd: null,
    ...more,
  };
}

if (import.meta.main) {
  const [stateFolder, script] = Deno.args;
  const spec = commandSpec(script!);
  const served = await serveBuiltin(
    spec,
    { listen: { hostname: "127.0.0.1", port: 0 }, stateFolder: stateFolder! },
    createHost(),
  );
  Deno.stdout.writeSync(new TextEncoder().encode(`${served.url}\n`));
}
