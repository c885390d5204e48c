// Every command, in the groups of the help; each and its options stand in their own file. A server does not load this:
// what the other commands need would stay in its memory.

import { Command } from "commander";
import { addAudit } from "./server/audit.ts";
import { addBackupsGroup } from "./backups/backups_group.ts";
import { addCallers } from "./server/callers.ts";
import { addComplete } from "./complete.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config/config.ts";
import { addConfigDiff } from "./config/config_diff.ts";
import { addCoverage } from "./jobs/coverage.ts";
import { addEvents } from "./jobs/events.ts";
import { addForecast } from "./jobs/forecast.ts";
import { addFreeze } from "./backups/freeze.ts";
import { addJobsGroup } from "./jobs/jobs_group.ts";
import { addImportConfig } from "./import/import_config.ts";
import { addInit } from "./config/init.ts";
import { addMigrate } from "./server/migrate.ts";
import { addMan } from "./man.ts";
import type { Context } from "./terminal/options.ts";
import { addNotify } from "./server/notify.ts";
import { addPassword } from "./server/password.ts";
import { addPlan } from "./config/plan.ts";
import { addProviderMock } from "./provider/provider_mock.ts";
import { addProvider } from "./provider/provider_serve.ts";
import { addProviderTest } from "./provider/provider_conformance.ts";
import { addRecoverySheet } from "./server/recovery_sheet.ts";
import { addReport } from "./server/report.ts";
import { addRetention } from "./backups/retention.ts";
import { addRetentionEval } from "./offline/retention_eval.ts";
import { addRun } from "./server/run.ts";
import { addRuns } from "./jobs/runs.ts";
import { addSchedule } from "./offline/schedule.ts";
import { addScheduleLint } from "./offline/schedule_lint.ts";
import { addClock, addHealthcheck, addReload } from "./server/server.ts";
import { addState } from "./server/state_snapshot.ts";
import { addStatus } from "./jobs/status.ts";
import { addSystemd } from "./systemd/systemd.ts";
import { addUi } from "./server/ui.ts";
import { addVersion } from "./version.ts";

/** Declares every command. */
export function addCommands(program: Command, context: Context): void {
  program.commandsGroup("The server:");
  addRun(program, context);
  addInit(program, context);
  addImportConfig(program, context);
  const config = addConfig(program, context);
  addConfigDiff(config, context);
  addReload(program, context);
  addHealthcheck(program, context);
  addClock(program, context);
  addState(program, context);
  addCallers(program, context);
  addAudit(program, context);
  addNotify(program, context);
  addRecoverySheet(program, context);
  addReport(program, context);
  addUi(program, context);
  addPassword(program, context);
  addSystemd(program, context);
  addMigrate(program, context);

  program.commandsGroup("Backups:");
  addStatus(program, context);
  addJobsGroup(program, context);
  addRuns(program, context);
  addBackupsGroup(program, context);
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
  addComplete(program, context);
  addMan(program, context);
  addVersion(program, context);
  program.addHelpCommand(
    new Command("help").argument("[command]").description("show help for a command").helpGroup("Besides:"),
  );
}
