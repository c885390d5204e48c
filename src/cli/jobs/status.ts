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
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

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

/** So many troubles fit one screen. */
const MOST_SHOWN = 20;
/** Of more jobs with the same trouble the rest are counted. */
const MOST_NAMED = 5;

/** Declares the command. */
export function addStatus(program: Command, { host, finish }: Context): void {
  const status = program.command("status")
    .description("what is wrong and what to do, on one screen; exit 1 when something is");
  example(serverOptions(jsonOption(status)), "schelly status", "schelly status --json");
  status.action(async (options) => finish(await showStatus(options, host)));
}

async function showStatus(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
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
    display.print(`${namesOf(jobs)}: ${why ?? "nothing says why"} (${state}${when})`);
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
  display.print(status.well ? "All is well." : "Something is wrong.");
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
