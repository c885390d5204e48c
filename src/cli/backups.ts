// `schelly backups list | show | explain | delete`.

import type { Command } from "commander";
import { WIRE_STATUSES } from "../domain/backup.ts";
import { LEVELS } from "../domain/policy.ts";
import type { Host } from "../ports/host.ts";
import { BackupAnswer, ExplainAnswer } from "./answers.ts";
import { connect, segment } from "./client.ts";
import { confirm } from "./confirm.ts";
import type { ServerArgs } from "./discovery.ts";
import { EXIT } from "./exit.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  limitOf,
  listOptions,
  serverOptions,
  yesOption,
} from "./options.ts";
import { choiceReader, iso } from "./readers.ts";
import { displayOf } from "./render.ts";

export interface BackupsArgs extends ServerArgs {
  job?: string;
  status?: string;
  tag?: string;
  since?: number;
  until?: number;
  limit?: number;
  all?: boolean;
  json?: boolean;
}

export interface BackupArgs extends ServerArgs {
  /** The provider's id or our run_id. */
  id: string;
  job?: string;
  yes?: boolean;
  json?: boolean;
}

const ID = "the provider's id, or the run_id";
const NARROW = "the job, where several know the id";

/** Declares the commands. */
export function addBackups(program: Command, { host, finish }: Context): void {
  const backups = program.command("backups").description("backups and why they are kept");
  const list = backups.command("list").description("every backup that has a provider's id, newest first");
  jobOption(list, "only of this job")
    .option(
      "--status <status>",
      `only in this status: ${WIRE_STATUSES.join(", ")}`,
      choiceReader(WIRE_STATUSES),
    )
    .option(
      "--tag <level>",
      `only those that stand for a period of this level: ${LEVELS.join(", ")}`,
      choiceReader(LEVELS),
    );
  example(
    serverOptions(jsonOption(listOptions(list, host))),
    "schelly backups list --job postgres --status available",
    "schelly backups list --tag monthly --all --json",
  );
  list.action(async (options) => finish(await listBackups(options, host)));

  const show = backups.command("show").description("one backup in full").argument("<id>", ID);
  example(serverOptions(jsonOption(jobOption(show, NARROW))), "schelly backups show 5f2c9a1e");
  show.action(async (id, options) => finish(await showBackup({ ...options, id }, host)));

  const explain = backups.command("explain").description("why a backup is kept, or will be deleted").argument(
    "<id>",
    ID,
  );
  example(serverOptions(jsonOption(jobOption(explain, NARROW))), "schelly backups explain 5f2c9a1e");
  explain.action(async (id, options) => finish(await explainBackup({ ...options, id }, host)));

  const remove = backups.command("delete").description("delete one backup at its provider, for ever")
    .argument("<id>", ID);
  example(
    serverOptions(jsonOption(yesOption(jobOption(remove, NARROW)))),
    "schelly backups delete 5f2c9a1e --job postgres",
  );
  remove.action(async (id, options) => finish(await deleteBackup({ ...options, id }, host)));
}

/** Backups in a table, newest first. */
export async function listBackups(args: BackupsArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const { job, status, tag, since, until } = args;
  const query = {
    job,
    status,
    tag,
    since: since === undefined ? undefined : iso(since),
    until: until === undefined ? undefined : iso(until),
  };
  const { items, more } = await client.pages("/backups", BackupAnswer, query, limitOf(args));
  const display = displayOf(host);
  if (args.json) display.json(items);
  else {
    display.table(
      ["ID", "JOB", "STATUS", "TIME", "SIZE", "KEPT AS", "TAGS"],
      items.map((backup) => [
        backup.id ?? backup.run_id ?? "-",
        backup.job ?? "-",
        display.status(backup.state ?? backup.status),
        display.time(backup.period_time ?? backup.start_time),
        sizeOf(backup),
        backup.reasons.join(", ") || "-",
        backup.tags.join(",") || "-",
      ]),
      "No backups.",
    );
  }
  if (more) display.note(`Only the newest ${items.length} are shown: more with --limit or --all.`);
  return EXIT.ok;
}

/** One backup in full. */
export async function showBackup(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const backup = await client.get(`/backups/${segment(args.id)}`, BackupAnswer, { job: args.job });
  const display = displayOf(host);
  if (args.json) {
    display.json(backup);
    return EXIT.ok;
  }
  display.fields([
    ["id", backup.id],
    ["data id", backup.data_id],
    ["run", backup.run_id],
    ["job", backup.job],
    ["status", display.status(backup.state ?? backup.status)],
    ["message", backup.custom_data],
    ["slot", display.longTime(backup.slot)],
    ["period time", display.longTime(backup.period_time)],
    ["started", display.longTime(backup.start_time)],
    ["ended", display.longTime(backup.end_time)],
    ["size", sizeOf(backup)],
    ["tags", backup.tags.join(", ")],
    ["kept as", backup.reasons.join(", ")],
  ]);
  return EXIT.ok;
}

/** Why a backup stays or goes. */
export async function explainBackup(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const answer = await client.get(`/backups/${segment(args.id)}/explain`, ExplainAnswer, { job: args.job });
  const display = displayOf(host);
  if (args.json) {
    display.json(answer);
    return EXIT.ok;
  }
  const name = answer.id ?? answer.run_id ?? args.id;
  display.print(
    `${name} of job ${answer.job ?? "?"}, ${answer.state ?? "?"}: ${answer.kept ? "kept" : "not kept"}`,
  );
  if (answer.tags.length > 0) display.print(`  stands for: ${answer.tags.join(", ")}`);
  for (const reason of answer.reasons) display.print(`  kept as ${reason}`);
  for (const note of answer.notes) display.print(`  ${note}`);
  return EXIT.ok;
}

/** Deletes one backup after asking; the one shown is the one deleted. */
export async function deleteBackup(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const found = await client.get(`/backups/${segment(args.id)}`, BackupAnswer, { job: args.job });
  const name = found.id ?? found.run_id ?? args.id;
  const time = found.period_time ?? found.start_time ?? "of unknown time";
  const what = `${name} of job ${found.job ?? "?"} (${time}, ${found.state ?? found.status})`;
  await confirm(host, args.yes, `Delete backup ${what} for ever?`);
  // By run_id where there is one: it names exactly the backup that was shown.
  const path = `/backups/${segment(found.run_id ?? args.id)}`;
  const answer = await client.delete(path, BackupAnswer.nullable(), { job: found.job ?? args.job });
  const display = displayOf(host);
  if (args.json) display.json(answer);
  const state = answer?.state ?? answer?.status ?? "deleting";
  display.note(state === "deleted" ? `Deleted ${what}.` : `Accepted: ${what} is now ${state}.`);
  return EXIT.ok;
}

function sizeOf(backup: BackupAnswer): string {
  return backup.size_mb === null || backup.size_mb === undefined ? "-" : `${backup.size_mb} MB`;
}
