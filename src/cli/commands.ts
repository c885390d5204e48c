// Every command, in the groups of the help; each and its options stand in their own file. A server does not load this:
// what the other commands need would stay in its memory.

import { Command } from "commander";
import { addBackups } from "./backups.ts";
import { addDelete } from "./backups_delete.ts";
import { addBackupsExplain } from "./backups_explain.ts";
import { addHold } from "./backups_hold.ts";
import { addImport } from "./backups_import.ts";
import { addSuspects } from "./backups_suspects.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config.ts";
import { addConfigDiff } from "./config_diff.ts";
import { addCoverage } from "./coverage.ts";
import { addEvents } from "./events.ts";
import { addForecast } from "./forecast.ts";
import { addFreeze } from "./freeze.ts";
import { addJobs } from "./jobs.ts";
import { addJobsTrigger } from "./jobs_trigger.ts";
import { addMigrate } from "./migrate.ts";
import { addMan } from "./man.ts";
import type { Context } from "./options.ts";
import { addPassword } from "./password.ts";
import { addPlan } from "./plan.ts";
import { addProviderMock } from "./provider_mock.ts";
import { addProvider } from "./provider_serve.ts";
import { addProviderTest } from "./provider_test.ts";
import { addRetention } from "./retention.ts";
import { addRetentionEval } from "./retention_eval.ts";
import { addRun } from "./run.ts";
import { addRuns } from "./runs.ts";
import { addSchedule } from "./schedule.ts";
import { addScheduleLint } from "./schedule_lint.ts";
import { addClock, addHealthcheck, addReload } from "./server.ts";
import { addState } from "./state_snapshot.ts";
import { addSystemd } from "./systemd.ts";
import { addVersion } from "./version.ts";

/** Declares every command. */
export function addCommands(program: Command, context: Context): void {
  program.commandsGroup("The server:");
  addRun(program, context);
  const config = addConfig(program, context);
  addConfigDiff(config, context);
  addReload(program, context);
  addHealthcheck(program, context);
  addClock(program, context);
  addState(program, context);
  addPassword(program, context);
  addSystemd(program, context);
  addMigrate(program, context);

  program.commandsGroup("Backups:");
  const jobs = addJobs(program, context);
  addJobsTrigger(jobs, context);
  addRuns(program, context);
  const backups = addBackups(program, context);
  addBackupsExplain(backups, context);
  addSuspects(backups, context);
  addHold(backups, context);
  addDelete(backups, context);
  addImport(backups, context);
  const retention = addRetention(program, context);
  addRetentionEval(retention, context);
  addFreeze(program, context);
  addForecast(program, context);
  addPlan(program, context);
  addCoverage(program, context);
  addEvents(program, context);

  program.commandsGroup("Besides:");
  const schedule = addSchedule(program, context);
  addScheduleLint(schedule, context);
  const provider = addProvider(program, context);
  addProviderTest(provider, context);
  addProviderMock(provider, context);
  addCompletion(program, context);
  addMan(program, context);
  addVersion(program, context);
  program.addHelpCommand(
    new Command("help").argument("[command]").description("help for a command").helpGroup("Besides:"),
  );
}
