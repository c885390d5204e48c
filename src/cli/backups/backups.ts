// `schelly backups list | show`.

import type { Command } from "commander";
import { STATUS_WORDS, WIRE_STATUSES } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import { formatPolicy, LEVELS } from "../../domain/policy.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import { BackupAnswer, JobAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { newestRows } from "../client/newest.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import { keptTags, policiesOf } from "./kept_tags.ts";
import { type KnownBackups, ofState } from "./known_backups.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  limitOf,
  listOptions,
  serverOptions,
  utcOption,
} from "../terminal/options.ts";
import { choiceReader } from "../terminal/readers.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface BackupsArgs extends ServerArgs {
  job?: string;
  status?: string;
  tag?: string;
  suspect?: boolean;
  offline?: boolean;
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
  utc?: boolean;
}

/** Shown where a status stands, and asked for like one. */
const SUSPECT = "suspect";

type Asked = Parameters<KnownBackups["newest"]>[0];

/** What a backup may be named by, for help texts. */
export const ID = "the provider's id, or the run_id";
export const NARROW = "the job, where several know the id";

/** Declares the commands; answers the group so that others can join it. */
export function addBackups(program: Command, { host, finish }: Context): Command {
  const backups = program.command("backups").description("list, explain, hold, restore and delete backups");
  const list = backups.command("list").description(
    "list every backup that has a provider's id, newest first",
  );
  jobOption(list, "only of this job")
    .option(
      "--status <status>",
      `only in this status: ${WIRE_STATUSES.join(", ")}; suspect; or an exact one of \`runs list --status\``,
      choiceReader([...STATUS_WORDS, SUSPECT]),
    )
    .option(
      "--tag <level>",
      `only those that stand for a period of this level: ${LEVELS.join(", ")}`,
      choiceReader(LEVELS),
    )
    .option("--suspect", "only those that wait to be accepted or rejected")
    .option("--offline", "ask no server: by the state that it left, with the configuration");
  example(
    serverOptions(jsonOption(listOptions(list, host))),
    "schelly backups list --job postgres --status available",
    "schelly backups list --tag monthly --all --json",
    "schelly backups list --offline --config schelly.yaml",
  );
  list.action(async (options) => finish(await listBackups(options, host)));

  const show = backups.command("show").description("show one backup in full").argument("<id>", ID);
  example(serverOptions(utcOption(jsonOption(jobOption(show, NARROW)))), "schelly backups show 5f2c9a1e");
  show.action(async (id, options) => finish(await showBackup({ ...options, id }, host)));

  return backups;
}

/** Backups in a table, newest first. */
async function listBackups(args: BackupsArgs, host: Host): Promise<number> {
  if (args.offline) return await listOffline(args, host);
  const client = await connect(args, host);
  const { job, status, tag, since, until } = args;
  const query = {
    job,
    // An older server knows the filter alone.
    status: status === SUSPECT ? undefined : status,
    tag,
    suspect: args.suspect || status === SUSPECT ? true : undefined,
    since: since === undefined ? undefined : iso(since),
    until: until === undefined ? undefined : iso(until),
  };
  const asked = {
    path: "/backups",
    item: BackupAnswer,
    query,
    limit: limitOf(args),
    now: args.json ? Infinity : host.clock.now(),
  };
  const { items, note } = await newestRows(client, asked);
  // An empty list of a job that there is not would look like a job without backups.
  if (items.length === 0 && job !== undefined) await client.get(`/jobs/${segment(job)}`, JobAnswer);
  const tagged = args.json ? [] : items.filter((backup) => backup.tags.length > 0);
  const policies = await policiesOf(client, tagged.flatMap((backup) => backup.job ?? []));
  await showList(items, args, host, policies);
  if (note !== null) displayOf(host).note(note);
  return EXIT.ok;
}

/** By the state alone, which nothing is written to. */
async function listOffline(args: BackupsArgs, host: Host): Promise<number> {
  const config = await loadConfiguration({ config: args.config }, host, "required");
  const { job, status, tag, since, until } = args;
  if (job !== undefined && !config.jobs.some(({ name }) => name === job)) {
    displayOf(host).note(`The configuration has no job '${job}'.`);
  }
  const asked = { job, status, tag, since, until, ...(args.suspect ? { suspect: true } : {}) } as Asked;
  const limit = limitOf(args);
  const items = await ofState(config, host, (known) => known.newest(asked, limit));
  const policies = new Map(config.jobs.map(({ name, retention }) => [name, formatPolicy(retention)]));
  await showList(items, args, host, policies);
  if (items.length === limit) {
    displayOf(host).note(`Only the newest ${limit} are shown: more with --limit or --all.`);
  }
  return EXIT.ok;
}

async function showList(
  items: readonly BackupAnswer[],
  args: BackupsArgs,
  host: Host,
  policies: Awaited<ReturnType<typeof policiesOf>>,
): Promise<void> {
  const display = displayOf(host);
  if (args.json) return display.json(items);
  await display.table(
    ["ID", "JOB", "STATUS", "TIME", "SIZE", "KEPT AS", "TAGS"],
    items.map((backup) => [
      backup.id ?? backup.run_id ?? "-",
      backup.job ?? "-",
      statusCell(backup, display, host.clock.now()),
      display.time(backup.period_time ?? backup.start_time),
      sizeOf(backup),
      keptAs(backup),
      keptTags(backup.tags, policies.get(backup.job ?? "")).join(",") || "-",
    ]),
    "No backups.",
  );
}

/** One backup in full. */
async function showBackup(args: BackupArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const backup = await client.get(`/backups/${segment(args.id)}`, BackupAnswer, { job: args.job });
  const display = displayOf(host, args);
  if (args.json) {
    display.json(backup);
    return EXIT.ok;
  }
  await display.fields([
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
    ["held", holdText(backup)],
    ["locked", lockedText(backup, host.clock.now())],
    ["suspect", suspectText(backup)],
    ["verified", verifiedText(backup, display)],
    ["left over", leftoverText(backup)],
    ["tags", backup.tags.join(", ")],
    ["kept as", backup.reasons.join(", ")],
  ]);
  return EXIT.ok;
}

function keptAs({ reasons, leftover }: BackupAnswer): string {
  return reasons.join(", ") || (leftover ?? "-");
}

/** The status, with a mark on what counts for nothing and on what nothing deletes. */
function statusCell(backup: BackupAnswer, display: Display, now: number): Cell {
  const state = backup.state ?? backup.status;
  if (backup.suspect) return display.status("suspect");
  if (backup.hold && state === "available") return display.status("held");
  if (isLocked(backup, now) && state === "available") return display.status("locked");
  return display.status(backup.rejected && state === "available" ? "rejected" : state);
}

function holdText({ hold }: BackupAnswer): string | undefined {
  if (!hold) return undefined;
  const end = hold.until ? `until ${hold.until}` : "until it is released";
  return `${end} by ${hold.owner ?? "somebody"}: ${hold.reason ?? "no reason given"}`;
}

/** True while its storage refuses to delete it, as far as is known. */
function isLocked({ lock }: BackupAnswer, now: number): boolean {
  return !!lock && (!lock.until || Date.parse(lock.until) > now);
}

function lockedText(backup: BackupAnswer, now: number): string | undefined {
  const { lock } = backup;
  if (!lock || !isLocked(backup, now)) return undefined;
  return lock.until
    ? `until ${lock.until}: its storage refuses to delete it`
    : "its storage refuses to delete it, without a date; it is asked again each day, or now by `backups unlock`";
}

function suspectText(backup: BackupAnswer): string | undefined {
  if (backup.suspect) return `yes: ${backup.suspect_reason ?? "implausibly small"}`;
  if (backup.rejected) return `rejected: ${backup.suspect_reason ?? "implausibly small"}`;
  return backup.suspect_reason ? `no more: ${backup.suspect_reason}, accepted` : undefined;
}

function verifiedText({ verification, verified_at }: BackupAnswer, display: Display): string | undefined {
  if (verification === undefined || verification === null || verification === "none") return undefined;
  return `${verification === "passed" ? "can be restored" : "FAILED"}, looked at ${
    display.longTime(verified_at)
  }`;
}

/** What a failed run left, or that there never was a backup. */
function leftoverText({ leftover, ended_as }: BackupAnswer): string | undefined {
  if (leftover) return leftover;
  return ended_as ? `it never was a backup: its run ended as ${ended_as}` : undefined;
}

function sizeOf(backup: BackupAnswer): string {
  return backup.size_mb === null || backup.size_mb === undefined ? "-" : sizeText(backup.size_mb);
}
