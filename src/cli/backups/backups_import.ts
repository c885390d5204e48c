// `schelly backups import`: takes in what a job's provider lists and nobody knows, after showing it and asking.

import type { Command } from "commander";
import { countBackups } from "../../domain/backup.ts";
import type { Host } from "../../ports/host.ts";
import { ImportAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, yesOption } from "../terminal/options.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

/** Ids told of what would go. */
const MOST_OUTGOING = 20;
/** Paths told of one backup. */
const MOST_PATHS = 2;

interface ImportArgs extends ServerArgs {
  job: string;
  /** Only these, whosever they are. */
  id?: string[];
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** Declares the command in the group `backups`. */
export function addImport(backups: Command, { host, finish }: Context): void {
  const command = backups.command("import").description(
    "take in what a job's provider lists as the job's own and nobody knows",
  )
    .requiredOption("--job <name>", "the job they are to belong to")
    .option("--id <id...>", "take in these, whosever they are, and nothing else")
    .option("--dry-run", "only show what would come in");
  example(serverOptions(jsonOption(yesOption(command))), "schelly backups import --job postgres --dry-run");
  command.action(async (options) => finish(await importBackups(options, host)));
}

/** Imports after showing what would come in, and asking. */
async function importBackups(args: ImportArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const path = `/jobs/${segment(args.job)}/import`;
  const plan = await client.post(path, ImportAnswer, { query: { dry_run: true, id: args.id } });
  if (args.dryRun || plan.imported.length === 0) {
    if (args.json) display.json(plan);
    else await showImport(plan, display, "The provider lists no backups.");
    noteOutgoing(plan, display);
    display.note(importSummary(plan, args.dryRun ? "would come in" : "come in"));
    return EXIT.ok;
  }
  if (!args.json) await showImport(plan, display, "The provider lists no backups.");
  noteOutgoing(plan, display);
  await confirm(host, args.yes, `Import ${countBackups(plan.imported.length)} into job ${args.job}?`);
  const done = await client.post(path, ImportAnswer, { query: { id: args.id } });
  if (args.json) display.json(done);
  display.note(importSummary(done, "came in"));
  display.note(
    `None of them is deleted before you look with \`schelly retention show ${args.job}\` and approve the first set.`,
  );
  return EXIT.ok;
}

/** Prints what comes in, and what stays out and why. */
export async function showImport(answer: ImportAnswer, display: Display, none: string): Promise<void> {
  const rows: Cell[][] = [
    ...answer.imported.map((one): Cell[] => [
      one.id,
      display.time(one.period_time),
      ownerText(one),
      display.status("import"),
      one.proven
        ? `of run ${one.run_id}, which was given up`
        : one.held
        ? "without a time, so it comes in held"
        : "",
    ]),
    ...answer.skipped.map((one): Cell[] => [one.id, "-", ownerText(one), display.status("skip"), one.why]),
  ];
  await display.table(["ID", "TIME", "WHOSE", "DECISION", "WHY"], rows, none);
}

/** `home on nas: /home, /etc`. */
function ownerText(
  { job, host, paths }: ImportAnswer["skipped"][number] | ImportAnswer["imported"][number],
): string {
  const name = job ?? "unknown owner";
  const source = host ? `${name} on ${host}` : name;
  const shown = paths?.slice(0, MOST_PATHS) ?? [];
  if (shown.length === 0) return source;
  return `${source}: ${shown.join(", ")}${paths!.length > shown.length ? " …" : ""}`;
}

/** Says what the policy would let go once these are in. */
export function noteOutgoing(answer: ImportAnswer, display: Display): void {
  const { would_delete: going } = answer;
  if (answer.imported.length === 0 || going.length === 0) return;
  const shown = going.slice(0, MOST_OUTGOING).map(({ id, period_time }) =>
    `${id} (${display.time(period_time)})`
  );
  const more = going.length > shown.length ? ` and ${going.length - shown.length} more` : "";
  display.note(
    `With these, the policy of job ${answer.job} would delete ${countBackups(going.length)}, ` +
      `after you have approved it: ${shown.join(", ")}${more}`,
  );
}

/** That in one line; `did`: came in, or would. */
export function importSummary(answer: ImportAnswer, did: string): string {
  return `${countBackups(answer.imported.length)} of '${
    answer.provider ?? "?"
  }' ${did}, ${answer.skipped.length} stay out.`;
}
