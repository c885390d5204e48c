// `schelly retention show | run | approve`: what retention would do on the server, and letting it.

import type { Command } from "commander";
import { countBackups } from "../../domain/backup.ts";
import { type GuardName, GUARDS } from "../../domain/retention/guard.ts";
import type { Host } from "../../ports/host.ts";
import { JobAnswer, RetentionAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { keptTags } from "./kept_tags.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { choiceReader, countReader } from "../terminal/readers.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface RetentionArgs extends ServerArgs {
  job: string;
  dryRun?: boolean;
  digest?: string;
  only?: string;
  limit?: number;
  yes?: boolean;
  json?: boolean;
}

/** How many backups that are to go are named before a question. */
const MOST_NAMED = 200;
/** The server answers at most so many at once, unless all are asked for. */
const MOST_ROWS = 10_000;
/** The server may have to elect among very many backups. */
const LOOK_TIMEOUT_MS = 300_000;
const DECISIONS = ["keep", "remove"];

/** Declares the commands; answers the group so that `eval` can join it. */
export function addRetention(program: Command, { host, finish }: Context): Command {
  const retention = program.command("retention").description(
    "show, run and approve what is kept and what is deleted",
  );
  const show = retention.command("show").description(
    "show what a pass would keep and remove now, and what holds it",
  )
    .argument("<job>", "name of the job")
    .option(
      "--only <decision>",
      "only those that are to be kept, or removed: keep, remove",
      choiceReader(DECISIONS),
    )
    .option(
      "--limit <n>",
      "show at most this many, the newest of those that are kept first",
      countReader(1, MOST_ROWS),
    );
  example(
    serverOptions(jsonOption(show)),
    "schelly retention show postgres",
    "schelly retention show postgres --only remove --limit 20",
  );
  show.action(async (job, options) => finish(await showRetention({ ...options, job }, host)));

  const run = retention.command("run").description("run a pass now")
    .argument("<job>", "name of the job")
    .option("--dry-run", "only show what it would do");
  example(serverOptions(jsonOption(yesOption(run))), "schelly retention run postgres --dry-run");
  run.action(async (job, options) => finish(await runRetention({ ...options, job }, host)));

  const approve = retention.command("approve").description(
    "let a held pass delete exactly the set that is shown",
  )
    .argument("[job]", "name of the job; without it the jobs that wait for an approval are listed")
    .option("--digest <digest>", "only the set with this digest, as `retention show` prints it");
  example(
    serverOptions(jsonOption(yesOption(approve))),
    "schelly retention approve",
    "schelly retention approve postgres --digest 9f2b1c0d --yes",
  );
  approve.action(async (job, options) =>
    finish(
      await (job === undefined ? listWaiting(options, host) : approveRetention({ ...options, job }, host)),
    )
  );
  return retention;
}

/** What a pass would do now. */
async function showRetention(args: RetentionArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const query = {
    limit: args.limit ?? (args.only === undefined ? undefined : MOST_ROWS),
    decision: args.only,
  };
  const view = await client.get(retentionOf(args.job), RetentionAnswer, query, LOOK_TIMEOUT_MS);
  await print(view, args, displayOf(host));
  return EXIT.ok;
}

/** Runs a pass after showing and asking; `dryRun` only shows. */
async function runRetention(args: RetentionArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const path = retentionOf(args.job);
  if (args.dryRun) {
    await print(await client.post(path, RetentionAnswer, { query: { dry_run: true } }), args, display);
    return EXIT.ok;
  }
  if (!args.yes) {
    const view = await look(client, args.job);
    noteRemoval("would remove", view, display);
    await confirm(
      host,
      args.yes,
      `Run retention of job ${args.job}, which would remove ${countBackups(removed(view))}?`,
    );
  }
  await print(await client.post(path, RetentionAnswer), args, display);
  return EXIT.ok;
}

/** The jobs whose deletions wait for an approval; approves nothing. */
async function listWaiting(args: Omit<RetentionArgs, "job">, host: Host): Promise<number> {
  if (args.yes || args.digest !== undefined) {
    throw new Failure(
      EXIT.usage,
      `Cannot approve without a job: expected its name before ${
        args.yes ? "--yes" : "--digest"
      }; nothing was approved`,
    );
  }
  const client = await connect(args, host);
  const jobs = await client.get("/jobs", JobAnswer.array());
  const waiting = jobs.flatMap(({ job, guards }) =>
    guards.filter((guard) => guard.latched).map((guard) => ({ job, ...guard }))
  );
  const display = displayOf(host);
  if (args.json) {
    display.json(waiting);
    return EXIT.ok;
  }
  await display.table(
    ["JOB", "GUARD", "SINCE", "WHAT WAS FOUND"],
    waiting.map((
      { job, guard, since, message },
    ): Cell[] => [job, guard, display.time(since), message ?? "-"]),
    "No job waits for an approval.",
  );
  if (waiting.length > 0) {
    display.note("Approve one with `schelly retention approve JOB`: it shows and asks.");
  }
  return EXIT.ok;
}

/** How many of its backups the provider does not have any more, and nobody has said that they looked. */
async function missingOf(client: Client, job: string): Promise<number> {
  return (await client.get(`/jobs/${segment(job)}`, JobAnswer)).missing ?? 0;
}

/** Approves one exact set of deletions after showing it and asking. */
async function approveRetention(args: RetentionArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const view = await look(client, args.job);
  if (args.digest !== undefined && args.digest !== view.digest) {
    throw new Failure(
      EXIT.failed,
      `Cannot approve ${args.digest} for job ${args.job}: the set has changed, its digest is now ${view.digest}: ` +
        `look at it with \`schelly retention show ${args.job}\``,
    );
  }
  const isFree = removed(view) === 0 && !view.guards.some((guard) => guard.latched);
  const missing = isFree ? await missingOf(client, args.job) : 0;
  if (isFree && missing === 0) {
    display.note(`Job ${args.job} has nothing to remove; nothing was approved.`);
    if (args.json) {
      display.json(await client.get(retentionOf(args.job), RetentionAnswer, {}, LOOK_TIMEOUT_MS));
    }
    return EXIT.ok;
  }
  noteRemoval("approving removal of", view, display);
  for (const guard of view.guards) display.note(`held by ${guard.guard}: ${guard.message ?? ""}`);
  await confirm(
    host,
    args.yes,
    isFree
      ? `Nothing is to be removed. Have you looked for ${
        missing === 1 ? "the backup that is" : `the ${missing} backups that are`
      } missing?`
      : removed(view) === 0
      ? `Nothing is to be removed. Let job ${args.job} delete again what its policy does not keep?`
      : `Let job ${args.job} delete these ${countBackups(removed(view))} for ever (digest ${view.digest})?`,
  );
  const approved = await client.post(`/jobs/${segment(args.job)}/retention/approve`, RetentionAnswer, {
    body: { digest: view.digest },
    // Nobody reads so many.
    query: args.json || removed(view) <= MOST_ROWS ? {} : { limit: 1 },
  });
  if (args.json) display.json(approved);
  display.note(
    isFree
      ? `Approved: what job ${args.job} is missing was seen.`
      : removed(view) === 0
      ? `Approved: job ${args.job} is not guarded any more.`
      : `Approved: the next pass of job ${args.job} may delete them; this lapses after 24 h.`,
  );
  return EXIT.ok;
}

/** Oldest first, as they go; not so many that the question scrolls out of sight. */
function noteRemoval(what: string, view: RetentionAnswer, display: Display): void {
  const { job, remove } = view;
  for (const row of remove.slice(0, MOST_NAMED)) {
    display.note(`${what} ${row.id ?? row.run_id} (${row.period_time ?? "?"})`);
  }
  const more = removed(view) - MOST_NAMED;
  if (more > 0) display.note(`… and ${more} more: all of them with \`schelly retention show ${job}\``);
}

/** What a question names, and how many there are of the rest. */
function look(client: Client, job: string): Promise<RetentionAnswer> {
  const query = { limit: MOST_NAMED, decision: "remove" };
  return client.get(retentionOf(job), RetentionAnswer, query, LOOK_TIMEOUT_MS);
}

function retentionOf(job: string): string {
  return `/jobs/${segment(job)}/retention`;
}

/** Also of an earlier server, which shows all of them. */
function removed({ remove, remove_count }: RetentionAnswer): number {
  return remove_count ?? remove.length;
}

async function print(view: RetentionAnswer, args: RetentionArgs, display: Display): Promise<void> {
  if (args.json) return display.json(view);
  const rows = [
    ...view.keep.map((row) => ({ row, word: "keep" })),
    ...view.remove.map((row) => ({ row, word: "remove" })),
  ];
  rows.sort((a, b) => compare(b.row.period_time ?? "", a.row.period_time ?? ""));
  await display.table(
    ["ID", "TIME", "DECISION", "WHY", "TAGS"],
    rows.map(({ row, word }): Cell[] => [
      row.id ?? row.run_id,
      row.period_time ?? "-",
      display.status(word),
      row.reasons.join(", ") || "-",
      keptTags(row.tags, view.policy).join(",") || "-",
    ]),
    "No backups.",
  );
  const kept = view.keep_count ?? view.keep.length;
  display.note(`${countBackups(kept)} kept, ${removed(view)} to remove, digest ${view.digest}`);
  const wanted = args.only === "keep" ? kept : args.only === "remove" ? removed(view) : kept + removed(view);
  if (rows.length < wanted) {
    display.note(`Only ${rows.length} of ${wanted} are shown: more with --limit, all without it and --only.`);
  }
  if (view.deleting) display.note(`${countBackups(view.deleting)} on their way to be deleted`);
  for (const { guard, message } of view.guards) {
    const isOverridden = view.approved && GUARDS[guard as GuardName]?.overridable;
    display.note(`${isOverridden ? "approved in spite of" : "held by"} ${guard}: ${message ?? ""}`);
  }
  if (view.approved) display.note("This set is approved.");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
