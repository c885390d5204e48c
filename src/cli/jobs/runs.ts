// `schelly runs list | show | cancel`: every decision about a slot, whether it became a backup or not.

import type { Command } from "commander";
import { isUnfinished, type Status, STATUSES, statusesOf } from "../../domain/backup.ts";
import { retryEndText } from "../../domain/schedule/retry.ts";
import { iso } from "../../domain/instant.ts";
import { sizeText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import { RunAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import { newestRows } from "../client/newest.ts";
import { confirm } from "../terminal/confirm.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { choiceReader } from "../terminal/readers.ts";
import {
  type Context,
  example,
  jobOption,
  jsonOption,
  limitOf,
  listOptions,
  serverOptions,
  utcOption,
  yesOption,
} from "../terminal/options.ts";
import { clean } from "../../domain/steering.ts";
import { type Display, displayOf } from "../terminal/render.ts";

interface RunsArgs extends ServerArgs {
  job?: string;
  status?: string;
  trigger?: string;
  since?: number;
  until?: number;
  limit?: number;
  all?: boolean;
  json?: boolean;
}

interface RunArgs extends ServerArgs {
  runId: string;
  yes?: boolean;
  json?: boolean;
  utc?: boolean;
}

/** Declares the commands. */
export function addRuns(program: Command, { host, finish }: Context): void {
  const runs = program.command("runs").description("list, show and cancel runs: every decision, and why");
  const list = runs.command("list").description("list runs, newest first");
  jobOption(list, "only of this job")
    .option(
      "--status <status>",
      `only in this status: ${STATUSES.join(", ")}`,
      choiceReader([...STATUSES, "error"]),
    )
    .option(
      "--trigger <what>",
      "only those made by schedule, manual or import",
      choiceReader(["schedule", "manual", "import"]),
    );
  example(serverOptions(jsonOption(listOptions(list, host))), "schelly runs list --job postgres --since 7d");
  list.action(async (options) => finish(await listRuns(options, host)));

  const show = runs.command("show").description("show what happened to one run, step by step")
    .argument("<run_id>", "run_id as `runs list` prints it");
  example(serverOptions(utcOption(jsonOption(show))), "schelly runs show 019ac3d2-…");
  show.action(async (runId, options) => finish(await showRun({ ...options, runId }, host)));

  const cancel = runs.command("cancel").description(
    "end a run that is not finished; its provider drops the backup",
  )
    .argument("<run_id>", "run_id of the run");
  example(serverOptions(jsonOption(yesOption(cancel))), "schelly runs cancel 019ac3d2-… --yes");
  cancel.action(async (runId, options) => finish(await cancelRun({ ...options, runId }, host)));
}

/** Runs in a table, newest first. */
async function listRuns(args: RunsArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const { job, status, trigger, since, until } = args;
  const query = {
    job,
    // The original's word, which its list of backups answers: what it stands for, by the exact words.
    status: status === "error" ? statusesOf("error").join(",") : status,
    trigger,
    since: since === undefined ? undefined : iso(since),
    until: until === undefined ? undefined : iso(until),
  };
  const display = displayOf(host);
  const asked = {
    path: "/runs",
    item: RunAnswer,
    query,
    limit: limitOf(args),
    now: args.json ? Infinity : host.clock.now(),
  };
  const { items, note } = await newestRows(client, asked);
  if (args.json) display.json(items);
  else {
    await display.table(
      ["RUN", "JOB", "STATUS", "SLOT", "STARTED", "ENDED", "MESSAGE"],
      items.map((run) => [
        run.run_id,
        run.job ?? "-",
        display.status(run.waiting ? "waiting" : run.state ?? run.status),
        run.slot ? display.time(run.slot) : run.trigger ?? "-",
        display.time(run.start_time),
        display.time(run.end_time),
        words(run),
      ]),
      "No runs.",
    );
  }
  if (note !== null) display.note(note);
  return EXIT.ok;
}

/** One run with its history and output. */
async function showRun(args: RunArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const run = await client.get(`/runs/${segment(args.runId)}`, RunAnswer);
  const display = displayOf(host, args);
  if (args.json) {
    display.json(run);
    return EXIT.ok;
  }
  const marks = [run.held && "held", run.suspect && "suspect", run.maybe_duplicate && "maybe a duplicate"];
  await display.fields([
    ["run", run.run_id],
    ["job", run.job],
    ["status", display.status(run.waiting ? "waiting" : run.state ?? run.status)],
    ["waiting since", run.waiting ? display.longTime(run.waiting.since) : null],
    ["why", isSaid(run) ? null : run.reason],
    ["message", run.custom_data],
    ["what to do", run.remedy],
    ["made by", run.trigger],
    [
      "slot",
      run.slot_until
        ? `${run.slot} to ${run.slot_until} (${run.slots ?? "many"} slots)`
        : display.longTime(run.slot),
    ],
    ["provider", run.provider],
    ["id", run.id],
    ["data id", run.data_id],
    ["started", display.longTime(run.start_time)],
    ["ended", display.longTime(run.end_time)],
    ["size", run.size_mb === null || run.size_mb === undefined ? null : sizeText(run.size_mb)],
    ["attempts", String(run.attempts ?? "-")],
    ["try", triesOf(run, display)],
    ["tags", run.tags.join(", ")],
    ["kept as", run.reasons.join(", ")],
    ["marks", marks.filter((mark) => mark).join(", ")],
    ["DELETE sent", display.longTime(run.delete_sent_at)],
  ]);
  if (run.events.length > 0) {
    display.print("");
    await display.table(
      ["AT", "EVENT", "MESSAGE"],
      run.events.map((event) => [event.at, event.type, event.message]),
      "",
    );
  }
  if (run.output) {
    display.print("");
    for (const line of run.output.split("\n")) display.print(clean(line));
  }
  return EXIT.ok;
}

/** Cancels an unfinished run after asking. */
async function cancelRun(args: RunArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const path = `/runs/${segment(args.runId)}`;
  const before = await client.get(path, RunAnswer);
  const now = before.state ?? before.status;
  // Nobody is asked about what the server refuses all the same.
  if (isUnfinished(now as Status)) {
    const what = `run ${before.run_id} of job ${before.job ?? "?"} (${now})`;
    await confirm(host, args.yes, `Cancel ${what}? Its backup is lost`);
  }
  const run = await client.post(`${path}/cancel`, RunAnswer);
  const display = displayOf(host);
  if (args.json) display.json(run);
  const state = run.state ?? run.status;
  display.note(
    state === "cancelled"
      ? `Run ${run.run_id} is cancelled.`
      : `Run ${run.run_id} is now ${state}; it ends soon.`,
  );
  return EXIT.ok;
}

function words(run: RunAnswer): string {
  const tried = run.attempt && run.attempt > 1 ? `try ${run.attempt}` : null;
  const said = [isSaid(run) ? null : run.reason, run.custom_data].filter((part) => part).join(": ");
  const next = run.retry_at ? `tried again at ${run.retry_at}` : null;
  return [tried, said, next].filter((part) => part).join("; ") || "-";
}

/** True where the message begins with its reason in words: `cut_off` before `cut off: …` says it twice. */
function isSaid({ reason, custom_data }: RunAnswer): boolean {
  return !!reason && !!custom_data?.toLowerCase().startsWith(reason.replaceAll("_", " "));
}

/** Which try of its slot it is, and what comes after it; null where that says nothing. */
function triesOf({ attempt, retry_at, retry_end }: RunAnswer, display: Display): string | null {
  const isPlain = (attempt ?? 1) === 1 && !retry_at && !retry_end;
  if (isPlain) return null;
  const next = retry_at
    ? `, tried again at ${display.longTime(retry_at)}`
    : retry_end === "tried_again"
    ? ", tried again since"
    : retry_end
    ? `, not tried again: ${retryEndText(retry_end)}`
    : "";
  return `${attempt ?? 1}${next}`;
}
