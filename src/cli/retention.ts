// `schelly retention show | run | approve`: what retention would do on the server, and letting it.

import type { Command } from "commander";
import { type GuardName, GUARDS } from "../domain/guard.ts";
import type { Host } from "../ports/host.ts";
import { RetentionAnswer } from "./answers.ts";
import { type Client, connect, segment } from "./client.ts";
import { confirm } from "./confirm.ts";
import type { ServerArgs } from "./discovery.ts";
import { EXIT, Failure } from "./exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "./options.ts";
import { type Cell, type Display, displayOf } from "./render.ts";

export interface RetentionArgs extends ServerArgs {
  job: string;
  dryRun?: boolean;
  digest?: string;
  yes?: boolean;
  json?: boolean;
}

/** Declares the commands; answers the group so that `eval` can join it. */
export function addRetention(program: Command, { host, finish }: Context): Command {
  const retention = program.command("retention").description("what is kept and what is deleted");
  const show = retention.command("show").description(
    "what a pass would keep and remove now, and what holds it",
  )
    .argument("<job>", "name of the job");
  example(serverOptions(jsonOption(show)), "schelly retention show postgres");
  show.action(async (job, options) => finish(await showRetention({ ...options, job }, host)));

  const run = retention.command("run").description("run a pass now")
    .argument("<job>", "name of the job")
    .option("--dry-run", "only show what it would do");
  example(serverOptions(jsonOption(yesOption(run))), "schelly retention run postgres --dry-run");
  run.action(async (job, options) => finish(await runRetention({ ...options, job }, host)));

  const approve = retention.command("approve").description(
    "let a held pass delete exactly the set that is shown",
  )
    .argument("<job>", "name of the job")
    .option("--digest <digest>", "only the set with this digest, as `retention show` prints it");
  example(
    serverOptions(jsonOption(yesOption(approve))),
    "schelly retention approve postgres --digest 9f2b1c0d --yes",
  );
  approve.action(async (job, options) => finish(await approveRetention({ ...options, job }, host)));
  return retention;
}

/** What a pass would do now. */
export async function showRetention(args: RetentionArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  print(await look(client, args.job), args, displayOf(host));
  return EXIT.ok;
}

/** Runs a pass after showing and asking; `dryRun` only shows. */
export async function runRetention(args: RetentionArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const path = `/jobs/${segment(args.job)}/retention`;
  if (args.dryRun) {
    print(await client.post(path, RetentionAnswer, { query: { dry_run: true } }), args, display);
    return EXIT.ok;
  }
  if (!args.yes) {
    const { remove } = await look(client, args.job);
    for (const row of remove) {
      display.note(`would remove ${row.id ?? row.run_id} (${row.period_time ?? "?"})`);
    }
    await confirm(
      host,
      args.yes,
      `Run retention of job ${args.job}, which would remove ${count(remove.length)}?`,
    );
  }
  print(await client.post(path, RetentionAnswer), args, display);
  return EXIT.ok;
}

/** Approves one exact set of deletions after showing it and asking. */
export async function approveRetention(args: RetentionArgs, host: Host): Promise<number> {
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
  if (view.remove.length === 0 && !view.guards.some((guard) => guard.latched)) {
    display.note(`Job ${args.job} has nothing to remove; nothing was approved.`);
    if (args.json) display.json(view);
    return EXIT.ok;
  }
  for (const row of view.remove) {
    display.note(`approving removal of ${row.id ?? row.run_id} (${row.period_time ?? "?"})`);
  }
  for (const guard of view.guards) display.note(`held by ${guard.guard}: ${guard.message ?? ""}`);
  await confirm(
    host,
    args.yes,
    view.remove.length === 0
      ? `Nothing is to be removed. Let job ${args.job} delete again what its policy does not keep?`
      : `Let job ${args.job} delete these ${count(view.remove.length)} for ever (digest ${view.digest})?`,
  );
  const approved = await client.post(`/jobs/${segment(args.job)}/retention/approve`, RetentionAnswer, {
    body: { digest: view.digest },
  });
  if (args.json) display.json(approved);
  display.note(
    view.remove.length === 0
      ? `Approved: job ${args.job} is not guarded any more.`
      : `Approved: the next pass of job ${args.job} may delete them; this lapses after 24 h.`,
  );
  return EXIT.ok;
}

function look(client: Client, job: string): Promise<RetentionAnswer> {
  return client.get(`/jobs/${segment(job)}/retention`, RetentionAnswer);
}

function print(view: RetentionAnswer, args: RetentionArgs, display: Display): void {
  if (args.json) return display.json(view);
  const rows = [
    ...view.keep.map((row) => ({ row, word: "keep" })),
    ...view.remove.map((row) => ({ row, word: "remove" })),
  ];
  rows.sort((a, b) => compare(b.row.period_time ?? "", a.row.period_time ?? ""));
  display.table(
    ["ID", "TIME", "DECISION", "WHY", "TAGS"],
    rows.map(({ row, word }): Cell[] => [
      row.id ?? row.run_id,
      row.period_time ?? "-",
      display.status(word),
      row.reasons.join(", ") || "-",
      row.tags.filter((tag) => isKept(tag, view)).join(",") || "-",
    ]),
    "No backups.",
  );
  display.note(`${count(view.keep.length)} kept, ${view.remove.length} to remove, digest ${view.digest}`);
  if (view.deleting) display.note(`${count(view.deleting)} on their way to be deleted`);
  for (const { guard, message } of view.guards) {
    const isOverridden = view.approved && GUARDS[guard as GuardName]?.overridable;
    display.note(`${isOverridden ? "approved in spite of" : "held by"} ${guard}: ${message ?? ""}`);
  }
  if (view.approved) display.note("This set is approved.");
}

/** A backup stands for periods of levels that the policy does not keep, too: these would only fill the table. */
function isKept(level: string, { policy }: RetentionAnswer): boolean {
  return !policy || policy.includes(`${level}=`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function count(backups: number): string {
  return backups === 1 ? "1 backup" : `${backups} backups`;
}
