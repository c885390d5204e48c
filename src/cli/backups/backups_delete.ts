// `schelly backups delete`: deletes one backup by id, or all of a job that nobody manages, after showing what and asking.

import type { Command } from "commander";
import type { Host } from "../../ports/host.ts";
import { BackupAnswer, JobAnswer } from "../client/answers.ts";
import { ID, NARROW } from "./backups.ts";
import { type Client, connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  serverOptions,
  yesOption,
} from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface DeleteArgs extends ServerArgs {
  /** The provider's id or our run_id; undefined with `all`. */
  id?: string;
  job?: string;
  all?: boolean;
  /** With `all`: also what runs left that did not become a backup. */
  leftovers?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Declares the command in the group `backups`. */
export function addDelete(backups: Command, { host, finish }: Context): void {
  const remove = backups.command("delete").description("delete a backup at its provider, for ever")
    .argument("[id]", ID)
    .option("--all", "all backups of --job, which must have left the configuration")
    .option("--leftovers", "with --all: also what its failed, cancelled and lost runs may have left");
  example(
    serverOptions(jsonOption(yesOption(jobOption(remove, NARROW)))),
    "schelly backups delete 5f2c9a1e --job postgres",
    "schelly backups delete --job old-postgres --all",
    "schelly backups delete --job old-postgres --all --leftovers",
  );
  remove.action(async (id, options) => finish(await deleteBackups({ ...options, id }, host)));
}

/** Deletes after asking; exactly what was shown or counted is deleted. */
async function deleteBackups(args: DeleteArgs, host: Host): Promise<number> {
  const { id, job, all } = args;
  if (args.leftovers && !all) {
    throw new Failure(
      EXIT.usage,
      "Cannot delete leftovers alone: expected --leftovers beside --all, or an id",
    );
  }
  if (all) {
    if (id !== undefined) {
      throw new Failure(EXIT.usage, `Cannot delete '${id}' and --all: expected one of them`);
    }
    if (job === undefined) {
      throw new Failure(EXIT.usage, "Cannot delete all backups without --job: expected its name");
    }
    return await deleteAll(await connect(args, host), job, args, host);
  }
  if (id === undefined) {
    throw new Failure(EXIT.usage, "Cannot delete nothing: expected an id, or --job NAME --all");
  }
  return await deleteOne(await connect(args, host), id, args, host);
}

async function deleteOne(client: Client, id: string, args: DeleteArgs, host: Host): Promise<number> {
  const found = await client.get(`/backups/${segment(id)}`, BackupAnswer, { job: args.job });
  const what = describe(found, id);
  await confirm(host, args.yes, `Delete backup ${what} for ever?`);
  const answer = await remove(client, found, id, args.job);
  const display = displayOf(host);
  if (args.json) display.json(answer);
  return tell(answer, what, display) ? EXIT.ok : EXIT.failed;
}

async function deleteAll(client: Client, job: string, args: DeleteArgs, host: Host): Promise<number> {
  const display = displayOf(host);
  const { managed } = await client.get(`/jobs/${segment(job)}`, JobAnswer);
  if (managed !== false) {
    throw new Failure(
      EXIT.failed,
      `Cannot delete all backups of job ${job}: it is in the configuration, so its retention decides: ` +
        "expected a job that left it; delete single backups by id",
    );
  }
  const items = await standing(client, job, args.leftovers ? LEFTOVERS : BACKUPS);
  const held = items.filter((backup) => backup.hold);
  const going = items.filter((backup) => !backup.hold);
  for (const backup of held) display.note(`held, stays: ${describe(backup, "?")}`);
  if (going.length === 0) {
    display.note(`Job ${job} has no backups that may be deleted; nothing was done.`);
    if (args.json) display.json([]);
    return EXIT.ok;
  }
  const times = going.map((backup) => backup.period_time ?? backup.start_time).filter((time) => time)
    .sort();
  const span = times.length === 0 ? "of unknown times" : `made from ${times[0]} to ${times.at(-1)}`;
  const what = args.leftovers ? "backups and leftovers" : "backups";
  await confirm(host, args.yes, `Delete all ${going.length} ${what} of job ${job}, ${span}, for ever?`);
  const answers: BackupAnswer[] = [];
  let failed = 0;
  let shared = 0;
  // Oldest first: whoever stops it half-way keeps the newest.
  for (const backup of going.toReversed()) {
    const what = describe(backup, "?");
    try {
      const answer = await remove(client, backup, backup.id ?? "?", job);
      if (answer !== null) answers.push(answer);
      if (!tell(answer, what, display)) failed++;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === EXIT.unreachable) throw error;
      if (error.reason === "shared_data") {
        shared++;
        display.note(`shared, stays: ${what}: ${error.message}`);
        continue;
      }
      failed++;
      display.note(`not deleted: ${what}: ${error.message}`);
    }
  }
  if (args.json) display.json(answers);
  if (shared > 0) {
    display.note(`${shared} of ${going.length} stay, as other backups have the same data.`);
  }
  if (failed > 0) display.note(`${failed} of ${going.length} backups were not deleted.`);
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

/** Each word that the API filters by, and the exact ones that are meant. */
type Wanted = readonly (readonly [status: string, ...states: string[]])[];

const BACKUPS: Wanted = [["available", "available"], ["error", "missing"], ["delete-error", "delete-error"]];
const LEFTOVERS: Wanted = [
  ["available", "available"],
  ["error", "missing", "failed", "lost"],
  ["delete-error", "delete-error"],
  ["cancelled", "cancelled"],
];

/** What may stand at the provider, newest first. */
async function standing(client: Client, job: string, wanted: Wanted): Promise<BackupAnswer[]> {
  const found: BackupAnswer[] = [];
  for (const [status, ...states] of wanted) {
    const { items } = await client.pages("/backups", BackupAnswer, { job, status }, Infinity);
    found.push(...items.filter((one) => states.includes(one.state ?? one.status)));
  }
  const timeOf = (one: BackupAnswer) => one.period_time ?? one.start_time ?? "";
  return found.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
}

/** By run_id where there is one: it names exactly the backup that was shown. */
function remove(
  client: Client,
  found: BackupAnswer,
  id: string,
  job: string | undefined,
): Promise<BackupAnswer | null> {
  const path = `/backups/${segment(found.run_id ?? id)}`;
  return client.delete(path, BackupAnswer.nullable(), { job: found.job ?? job });
}

function describe(found: BackupAnswer, id: string): string {
  const time = found.period_time ?? found.start_time ?? "of unknown time";
  return `${found.id ?? found.run_id ?? id} of job ${found.job ?? "?"} (${time}, ${
    found.state ?? found.status
  })`;
}

/** False when the provider refused. */
function tell(answer: BackupAnswer | null, what: string, display: Display): boolean {
  const state = answer?.state ?? answer?.status ?? "deleting";
  if (state === "delete-error") {
    display.note(`Not deleted: ${what}: ${answer?.custom_data ?? "its provider refused"}`);
    return false;
  }
  display.note(state === "deleted" ? `Deleted ${what}.` : `Accepted: ${what} is now ${state}.`);
  return true;
}
