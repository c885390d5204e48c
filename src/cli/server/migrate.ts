// `schelly migrate`: takes over what the original, or its successor, has on record, after showing it and asking.

import { resolvePath } from "../../domain/path.ts";
import type { Command } from "commander";
import { counted } from "../../domain/count_text.ts";
import { StoreError } from "../../domain/errors.ts";
import { successorConfig } from "../../domain/successor_spec.ts";
import type { Host } from "../../ports/host.ts";
import { MigrationAnswer } from "../client/answers.ts";
import { countBackups } from "../../domain/backup.ts";
import { importSummary, noteOutgoing, showImport } from "../backups/backups_import.ts";
import { connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface MigrateArgs extends ServerArgs {
  fromSqlite?: string;
  fromBacktor?: string;
  job?: string;
  yes?: boolean;
  json?: boolean;
}

/** Declares the command. */
export function addMigrate(program: Command, { host, finish }: Context): void {
  const command = program.command("migrate").description(
    "take over the backups that the original has on record, and their provider still has",
  )
    .option("--from-sqlite <file>", "sqlite.db of the original's DATA_DIR, on the machine of the server")
    .option(
      "--from-backtor <file>",
      "sqlite.db of its successor's; without --job its specifications are printed as a configuration",
    )
    .option("--job <name>", "the job they are to belong to; of the successor's the one that its name makes");
  example(
    serverOptions(jsonOption(yesOption(command))),
    "schelly migrate --from-sqlite /var/lib/schelly/data/sqlite.db --job postgres",
    "schelly migrate --from-backtor /var/lib/backtor/data/sqlite.db > schelly.yaml",
  );
  command.action(async (options) => finish(await migrate(options, host)));
}

/** Shows what would come in, and takes it over after asking; without a terminal and --yes it only shows. */
async function migrate(args: MigrateArgs, host: Host): Promise<number> {
  const { fromSqlite, fromBacktor } = args;
  const file = fromSqlite ?? fromBacktor;
  if (file === undefined || (fromSqlite !== undefined && fromBacktor !== undefined)) {
    throw new Failure(EXIT.usage, "Cannot migrate: expected --from-sqlite or --from-backtor, one of them");
  }
  const path = resolvePath(host.files.workingFolder(), file);
  if (args.job === undefined) {
    if (fromBacktor === undefined) {
      throw new Failure(EXIT.usage, "Cannot migrate without --job: expected its name");
    }
    return await printSpecs(path, host);
  }
  const { job } = args;
  const client = await connect(args, host);
  const display = displayOf(host);
  const url = `/jobs/${segment(job)}/migrate`;
  const plan = await client.post(url, MigrationAnswer, { query: { dry_run: true }, body: { path } });
  const onlyShow = !args.yes && !host.terminal.inIsTty;
  if (!args.json) await showImport(plan, display, "The file has no backups that are not deleted.");
  noteLevels(plan, display);
  noteOutgoing(plan, display);
  if (onlyShow || plan.imported.length === 0) {
    if (args.json) display.json(plan);
    display.note(importSummary(plan, "would come in"));
    if (onlyShow && plan.imported.length > 0) display.note("Nothing was written: --yes takes them over.");
    return EXIT.ok;
  }
  await confirm(host, args.yes, `Take over ${countBackups(plan.imported.length)} into job ${job}?`);
  const done = await client.post(url, MigrationAnswer, { body: { path } });
  if (args.json) display.json(done);
  display.note(importSummary(done, "came in"));
  display.note(
    `None of them is deleted before you look with \`schelly retention show ${job}\` and approve the first set.`,
  );
  return EXIT.ok;
}

/** The specifications of the successor as a configuration, on standard output. */
async function printSpecs(path: string, host: Host): Promise<number> {
  const { readSuccessorSpecs } = await import("../../store/original_file.ts");
  const specs = await readSuccessorSpecs(path, host.files).catch((error) => {
    throw error instanceof StoreError ? new Failure(EXIT.failed, error.message) : error;
  });
  const display = displayOf(host);
  host.terminal.out(successorConfig(specs));
  display.note(
    `${
      counted(specs.length, "specification")
    }. Once Schelly runs with them, \`schelly migrate --from-backtor FILE --job ` +
      "NAME` takes over the backups of each.",
  );
  return EXIT.ok;
}

/** What the original may have kept, and this job will not. */
function noteLevels(plan: MigrationAnswer, display: Display): void {
  for (const level of plan.levels_lost) {
    display.note(
      `The original's image keeps ${level} unless told otherwise, and job ${plan.job} keeps no such level: ` +
        "add it to the job's retention if those backups are to stay.",
    );
  }
}
