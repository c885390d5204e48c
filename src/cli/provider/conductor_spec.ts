// Makes the settings of `provider serve conductor` out of flags and the environment of the original's successor.

import { CONDUCTOR_DEFAULTS } from "../../config/build/build_conductor.ts";
import { readProviderUrl } from "../../config/build/http_rules.ts";
import type { ConductorProviderSpec } from "../../domain/provider_spec.ts";
import { EXIT, Failure } from "../terminal/exit.ts";

export interface ConductorSpecArgs {
  url?: string;
  sql?: boolean;
  createWorkflow?: string;
  removeWorkflow?: string;
  uiUrl?: string;
}

/** What else there is to set stands in a configuration. */
export function conductorSpec(args: ConductorSpecArgs, env: Record<string, string>): ConductorProviderSpec {
  const { url, authorization } = address("--url", args.url ?? env.CONDUCTOR_API_URL ?? "");
  const { workflows, inputs, outputs } = CONDUCTOR_DEFAULTS;
  return {
    kind: "conductor",
    key: `conductor:${url}`,
    formerly: [],
    maxConcurrent: 8,
    timeouts: { createMs: 60_000, getMs: 10_000, deleteMs: 600_000 },
    pollIntervalMs: 5_000,
    verifyBeforeDelete: true,
    url,
    headers: authorization === null ? {} : { Authorization: authorization },
    createBody: undefined,
    deleteBody: undefined,
    uiUrl: args.uiUrl === undefined ? url.replace(/\/api$/, "") : address("--ui-url", args.uiUrl).url,
    persistence: args.sql ? "sql" : null,
    workflows: {
      create: workflow("--create-workflow", args.createWorkflow ?? workflows.create),
      remove: workflow("--remove-workflow", args.removeWorkflow ?? workflows.remove),
      version: workflows.version,
    },
    inputs,
    outputs,
    backupName: null,
    workerConfig: null,
    timeoutSeconds: null,
  };
}

function address(flag: string, text: string): { url: string; authorization: string | null } {
  const read = readProviderUrl(text);
  if (!("error" in read)) return read;
  throw new Failure(
    EXIT.usage,
    `Cannot serve conductor: ${flag}: ${read.error}, such as http://conductor:8080/api (CONDUCTOR_API_URL), or --config ` +
      "with --name",
  );
}

function workflow(flag: string, name: string): string {
  if (/^[A-Za-z0-9_.-]{1,200}$/.test(name)) return name;
  throw new Failure(
    EXIT.usage,
    `Cannot read ${flag} ${JSON.stringify(name)}: expected letters, digits, _, . and -`,
  );
}
