// The command tree: groups, help, and how wrong usage ends. Every command and its options stand in its own file.

import { Command, CommanderError } from "commander";
import type { Host } from "../ports/host.ts";
import { addBackups } from "./backups.ts";
import { addConfig } from "./config.ts";
import { addEvents } from "./events.ts";
import { EXIT, report } from "./exit.ts";
import { addForecast } from "./forecast.ts";
import { addJobs } from "./jobs.ts";
import { addJobsTrigger } from "./jobs_trigger.ts";
import type { Context } from "./options.ts";
import { addProvider } from "./provider_serve.ts";
import { addRetention } from "./retention.ts";
import { addRetentionEval } from "./retention_eval.ts";
import { ROOTS, type Roots } from "./roots.ts";
import { addRun } from "./run.ts";
import { addRuns } from "./runs.ts";
import { addSchedule } from "./schedule.ts";
import { addClock, addHealthcheck, addReload } from "./server.ts";
import { addVersion, versionLine } from "./version.ts";

const SMALLEST_USE = `
Smallest use:
  schelly validate config schelly.yaml   check what you wrote
  schelly run --config schelly.yaml      start the server
  schelly jobs list                      ask it how the jobs do

Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 configuration invalid, 4 server unreachable, 5 not found,
6 over budget, 73 state not writable, 75 state in use, 130 and 143 ended by a signal.
`;

/** Runs one command line (without the program's name) and answers its exit code; never rejects. */
export async function main(args: readonly string[], host: Host, roots: Roots = ROOTS): Promise<number> {
  let code: number = EXIT.ok;
  try {
    const program = buildProgram({ host, roots, finish: (value) => code = value });
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Help and version are no failure; everything else that the parser refuses is wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error, host);
  }
}

/** Declares every command. */
export function buildProgram(context: Context): Command {
  const { host } = context;
  const program = new Command("schelly")
    .description("Starts backups on a schedule, keeps what the retention policy wants, deletes the rest.")
    .version(versionLine(host), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("See --help.")
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => host.terminal.out(text),
      writeErr: (text) => host.terminal.err(text),
      getOutHelpWidth: () => host.terminal.columns,
      getErrHelpWidth: () => host.terminal.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (text, write) => write(text.replace(/^error: /, "schelly: ")),
    });
  program.addHelpText("after", SMALLEST_USE);

  program.commandsGroup("The server:");
  addRun(program, context);
  addConfig(program, context);
  addReload(program, context);
  addHealthcheck(program, context);
  addClock(program, context);

  program.commandsGroup("Backups:");
  const jobs = addJobs(program, context);
  addJobsTrigger(jobs, context);
  addRuns(program, context);
  addBackups(program, context);
  const retention = addRetention(program, context);
  addRetentionEval(retention, context);
  addForecast(program, context);
  addEvents(program, context);

  program.commandsGroup("Besides:");
  addSchedule(program, context);
  addProvider(program, context);
  addVersion(program, context);
  program.addHelpCommand(
    new Command("help").argument("[command]").description("help for a command").helpGroup("Besides:"),
  );
  return program;
}
