// Declares one command of the program alone, with what it needs: whoever asks for the health of a server each minute
// need not load what the other commands do.

import type { Command } from "commander";
import type { Context } from "./terminal/options.ts";
import { addRun } from "./server/run.ts";
import { addVersion } from "./version.ts";

type Declare = (program: Command, context: Context) => Promise<unknown> | void;

/** By the first word of the command line; those that are not here are declared with all the others. */
const COMMANDS: Readonly<Record<string, Declare>> = {
  run: addRun,
  version: addVersion,
  validate: async (program, context) => (await import("./config/config.ts")).addConfig(program, context),
  healthcheck: async (program, context) =>
    (await import("./server/server.ts")).addHealthcheck(program, context),
  reload: async (program, context) => (await import("./server/server.ts")).addReload(program, context),
  clock: async (program, context) => (await import("./server/server.ts")).addClock(program, context),
  state: async (program, context) => (await import("./server/state_snapshot.ts")).addState(program, context),
  callers: async (program, context) => (await import("./server/callers.ts")).addCallers(program, context),
  complete: async (program, context) => (await import("./complete.ts")).addComplete(program, context),
  ui: async (program, context) => (await import("./server/ui.ts")).addUi(program, context),
  audit: async (program, context) => (await import("./server/audit.ts")).addAudit(program, context),
  password: async (program, context) => (await import("./server/password.ts")).addPassword(program, context),
  systemd: async (program, context) => (await import("./systemd/systemd.ts")).addSystemd(program, context),
  jobs: async (program, context) => (await import("./jobs/jobs_group.ts")).addJobsGroup(program, context),
  backups: async (program, context) =>
    (await import("./backups/backups_group.ts")).addBackupsGroup(program, context),
  status: async (program, context) => (await import("./jobs/status.ts")).addStatus(program, context),
  runs: async (program, context) => (await import("./jobs/runs.ts")).addRuns(program, context),
  coverage: async (program, context) => (await import("./jobs/coverage.ts")).addCoverage(program, context),
  events: async (program, context) => (await import("./jobs/events.ts")).addEvents(program, context),
  freeze: async (program, context) => (await import("./backups/freeze.ts")).addFreeze(program, context),
  unfreeze: async (program, context) => (await import("./backups/freeze.ts")).addFreeze(program, context),
};

/** Names that `declareOne` knows. */
export const ALONE: readonly string[] = Object.keys(COMMANDS);

/** Declares the command of this name; false where it is not declared alone, and nothing was done. */
export async function declareOne(
  name: string | undefined,
  program: Command,
  context: Context,
): Promise<boolean> {
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) return false;
  await COMMANDS[name]!(program, context);
  return true;
}
