// `schelly status`: one screen of how everything does, what is wrong first.

import { alikeTrouble } from "../../domain/alike_trouble.ts";
import { counted } from "../../domain/count_text.ts";
import type { Command } from "commander";
import type { z } from "zod";
import { healthRank, sharedCause } from "../../domain/health.ts";
import type { Host } from "../../ports/host.ts";
import { StatusView } from "../../ports/views/status.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { lenient } from "../client/lenient.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { spanReader } from "../terminal/readers.ts";
import { type Display, displayOf, jsonText } from "../terminal/render.ts";
import { lookOf, watch } from "../terminal/watch.ts";
import { formatDuration } from "../../domain/duration.ts";

// What does not say whether all is well is no answer to the question.
const StatusAnswer = lenient(StatusView.partial({ providers: true, instance: true }), {
  needed: [
    "well",
    "jobs",
    "by_state",
    "unwell",
    "unwell.job",
    "unwell.state",
    "providers.provider",
    "notes",
    "notes.name",
  ],
});
type StatusAnswer = z.infer<typeof StatusAnswer>;

interface StatusArgs extends ServerArgs {
  json?: boolean;
  watch?: boolean;
  /** Milliseconds. */
  interval?: number;
}

/** More often nothing is seen, and the server has more to do. */
const LEAST_INTERVAL_MS = 500;
/** So many troubles fit one screen. */
const MOST_SHOWN = 20;
/** Of more jobs with the same trouble the rest are counted. */
const MOST_NAMED = 5;

/** Declares the command. */
export function addStatus(program: Command, { host, finish }: Context): void {
  const status = program.command("status")
    .description("show what is wrong and what to do, on one screen; exit 1 when something is");
  status.option("--watch", "show it again and again until interrupted; without a terminal once a change")
    .option("--interval <time>", "with --watch: between two looks (default 2s)", spanReader);
  example(serverOptions(jsonOption(status)), "schelly status", "schelly status --watch --interval 10s");
  status.action(async (options) => finish(await statusOf(options, host)));
}

function statusOf(args: StatusArgs, host: Host): Promise<number> {
  const { watch: isWatch, interval } = args;
  if (isWatch) return watchStatus(args, host);
  if (interval === undefined) return showStatus(args, host);
  throw new Failure(EXIT.usage, "Cannot use --interval alone: expected --watch beside it");
}

async function watchStatus(args: StatusArgs, host: Host): Promise<number> {
  const everyMs = args.interval ?? 2_000;
  if (everyMs < LEAST_INTERVAL_MS) {
    throw new Failure(EXIT.usage, `Cannot look every ${formatDuration(everyMs)}: expected 500ms or more`);
  }
  const look = async () => {
    const seen = lookOf(host);
    const status = await (await connect(args, host)).get("/status", StatusAnswer);
    if (args.json) seen.host.terminal.out(`${jsonText(status)}\n`);
    else show(status, displayOf(seen.host));
    // When it was asked says nothing of how all does.
    return { text: seen.text(), ...(args.json ? { key: jsonText({ ...status, at: null }) } : {}) };
  };
  return await watch(look, { everyMs, title: "schelly status", bare: args.json === true }, host);
}

async function showStatus(args: StatusArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const status = await client.get("/status", StatusAnswer);
  const display = displayOf(host);
  if (args.json) display.json(status);
  else show(status, display);
  return status.well ? EXIT.ok : EXIT.failed;
}

function show(status: StatusAnswer, display: Display): void {
  const { unwell, notes, deletions, instance } = status;
  const count = status.unwell_count ?? unwell.length;
  for (const { name, message } of notes) display.print(`${name}: ${message}`);
  if (instance?.node && instance.role === "active") display.print(`instance: '${instance.node}' is active`);
  const shown = alikeTrouble(unwell).slice(0, MOST_SHOWN);
  for (const { jobs, first: { state, since, cause, remedy } } of shown) {
    const when = since ? ` since ${display.time(since)}` : "";
    const why = jobs.length > 1 && cause ? sharedCause(cause) : cause;
    // The cause comes first: where room is short, the end is cut.
    display.say(`${namesOf(jobs)}: ${why ?? "nothing says why"} (`, display.status(state), `${when})`);
    if (remedy) display.print(`  ${remedy}`);
  }
  const more = count - shown.reduce((sum, { jobs }) => sum + jobs.length, 0);
  if (more > 0) display.print(`and ${more} more: see 'schelly jobs list'`);
  showSilent(status, display);
  const states = Object.entries(status.by_state).sort(([one], [other]) =>
    healthRank(one) - healthRank(other)
  );
  const notDue = status.not_due_count ?? 0;
  const words = states.flatMap(([state, jobs]) => {
    if (state !== "never" || notDue === 0) return [`${jobs} ${state}`];
    // Of these nothing is wrong: to call them by the word of those that lack their backup would say that it is.
    return [...jobs! > notDue ? [`${jobs! - notDue} never`] : [], `${notDue} not due yet`];
  }).join(", ");
  display.print(`${counted(status.jobs, "job")}${words === "" ? "" : `: ${words}`}`);
  const { under_way = 0, refused = 0, planned = 0 } = deletions ?? {};
  if (under_way || refused || planned) {
    const soon = planned ? `, ${planned} within 24 h: see 'schelly forecast'` : "";
    display.print(`deletions: ${under_way} under way, ${refused} refused${soon}`);
  }
  display.say(
    status.well ? display.toned("good", "All is well.") : display.toned("bad", "Something is wrong."),
  );
}

/** Providers that do not answer; those of one cause, such as hosts of one network, together. */
function showSilent({ providers, providers_count }: StatusAnswer, display: Display): void {
  if (!providers) return;
  const byCause = Map.groupBy(providers, ({ message }) => message ?? "");
  for (const [message, alike] of [...byCause].slice(0, MOST_SHOWN)) {
    const first = alike[0]!;
    const since = first.since ? ` since ${display.time(first.since)}` : "";
    const named = namesOf(alike.map(({ provider }) => provider));
    const what = alike.length === 1 ? "provider" : "providers";
    display.print(`${what} ${named}: calls do not get through${since}: ${message}`);
  }
  const more = (providers_count ?? 0) - providers.length;
  if (more > 0) display.print(`and ${more} more providers whose calls do not get through`);
}

function namesOf(jobs: readonly string[]): string {
  if (jobs.length <= MOST_NAMED + 1) return jobs.join(", ");
  return `${jobs.slice(0, MOST_NAMED).join(", ")} and ${jobs.length - MOST_NAMED} more`;
}
