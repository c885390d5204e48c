// `schelly plan`: what an edited configuration would change, and which backups it would delete, before it is in force.

import type { Command } from "commander";
import type { Config } from "../../config/values/config.ts";
import { countBackups } from "../../domain/backup.ts";
import { matchJobs, planJobs } from "../../domain/future/plan.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import { diffSettings } from "../../domain/settings_diff.ts";
import type { Host } from "../../ports/host.ts";
import { noteAll } from "./config.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { planMarkdown } from "./plan_markdown.ts";
import { leftoverNote } from "../../domain/future/plan_leftovers.ts";
import { fromFiles, fromServer, fromState, type PlanSource, stateUrl } from "./plan_sources.ts";
import { printPlan } from "./plan_text.ts";
import { type PlanView, planView } from "../../domain/future/plan_view.ts";
import { noteBroken, promisesOf } from "./promises.ts";
import { choiceReader, countReader } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";
import { settingsOf } from "../../config/sorted_settings.ts";

const FORMATS = ["table", "json", "markdown"] as const;

interface PlanArgs extends ServerArgs {
  /** The edited configuration: file or folder. */
  file: string;
  /** Path or URL of a state that nobody holds. */
  state?: string;
  /** The configuration before the edit; goes with `backups`. */
  old?: string;
  /** JSON of `backups list`, `-` for standard input. */
  backups?: string;
  maxDeletes?: number;
  format?: (typeof FORMATS)[number];
  json?: boolean;
  /** False: secrets are not read. */
  secrets?: boolean;
}

/** Declares the command. */
export function addPlan(program: Command, { host, finish }: Context): void {
  const plan = program.command("plan").description(
    "show what an edited configuration would change and delete, before it is in force",
  )
    .requiredOption("-f, --file <path>", "the edited configuration: file or folder")
    .option("--state <path>", "compare with this state, which no running server may hold")
    .option("--old <path>", "compare with this configuration, together with --backups")
    .option("--backups <file>", "JSON of `backups list --all --json`; - reads stdin")
    .option(
      "--max-deletes <n>",
      "exit 6 when the next passes of the jobs it touches would delete more backups than this",
      countReader(0, 1_000_000_000),
    )
    .option("--format <format>", FORMATS.join(", "), choiceReader(FORMATS))
    .option("--no-secrets", "do not read secrets; note the ones that are not set");
  example(
    serverOptions(jsonOption(plan)),
    "schelly plan -f schelly.yaml --max-deletes 20",
    "schelly plan -f new.yaml --old schelly.yaml --backups backups.json --format markdown",
  );
  plan.action(async (options) => finish(await planEdit(options, host)));
}

/** Exit 6 when it deletes more than it may, or breaks a promise. */
async function planEdit(args: PlanArgs, host: Host): Promise<number> {
  const format = formatOf(args);
  checkSources(args);
  const secrets = args.secrets === false ? "optional" : "required";
  const config = await loadConfiguration({ config: args.file }, host, secrets);
  const display = displayOf(host);
  noteAll(config.notes, display);
  await using resources = new AsyncDisposableStack();
  const source = await sourceOf(args, config, secrets, resources, host);
  const { view, issues } = await viewOf(args, source, config, host);

  if (format === "json") display.json(view);
  else if (format === "markdown") host.terminal.out(planMarkdown(view));
  else {
    await printPlan(view, display);
    for (const note of view.notes) display.note(`note: ${note}`);
  }
  if (issues.length > 0 && format !== "json") noteBroken(issues, display);
  if (view.over_budget) {
    display.note(
      `schelly: the plan deletes ${
        countBackups(view.deletes_now)
      } now: --max-deletes allows ${view.max_deletes}`,
    );
  }
  return view.over_budget || issues.length > 0 ? EXIT.overBudget : EXIT.ok;
}

async function viewOf(args: PlanArgs, source: PlanSource, config: Config, host: Host) {
  const { drainInSlices } = await import("../../engine/context/slices.ts");
  const settings = settingsOf(config);
  const pairs = matchJobs(
    source.jobs,
    config.jobs.map((job) => ({ job, settings: settings.jobs.get(job.name)! })),
  );
  const backups = await source.backups(pairs);
  const plans = await drainInSlices(
    planJobs(pairs, backups, host.clock.now(), createScheduleCache()),
    host.clock,
  );
  const leftovers = new Map<string, string>();
  for (const { before, after, change } of pairs) {
    if (after === null || before === null || change === "unchanged") continue;
    if (!after.job.keepFailed.isSet || after.job.keepFailed.ms === Infinity) continue;
    const left = await source.leftovers(before.name, after.job);
    const note = left && leftoverNote(after.job, left, host.clock.now());
    if (note) leftovers.set(after.job.name, note);
  }
  const promises = await promisesOf(config, host);
  const view: PlanView = planView({
    plans,
    unchanged: pairs.filter(({ change }) => change === "unchanged").length,
    besides: source.besides === null ? null : diffSettings(source.besides, settings.besides),
    backups,
    leftovers,
    broken: promises.broken,
    maxDeletes: args.maxDeletes ?? null,
    notes: source.notes,
  });
  return { view, issues: promises.issues };
}

function sourceOf(
  args: PlanArgs,
  config: Config,
  secrets: "required" | "optional",
  resources: AsyncDisposableStack,
  host: Host,
): Promise<PlanSource> {
  if (args.old !== undefined) {
    return loadConfiguration({ config: args.old }, host, secrets)
      .then((old) => fromFiles(old, args.backups!, host));
  }
  if (args.state === undefined) return fromServer(args, host);
  return fromState({ url: stateUrl(args.state), token: config.state.token }, host)
    .then((source) => resources.use(source));
}

function formatOf({ format, json }: PlanArgs): (typeof FORMATS)[number] {
  if (json && format !== undefined && format !== "json") {
    throw new Failure(EXIT.usage, `Cannot print --json as --format ${format}: expected one of them`);
  }
  return json ? "json" : format ?? "table";
}

/** What is there before the edit is said in one way only. */
function checkSources(args: PlanArgs): void {
  const { server, socket, tokenFile, caFile, config, state, old, backups } = args;
  const ways = [
    ...(old === undefined ? [] : ["--old"]),
    ...(state === undefined ? [] : ["--state"]),
    ...[
      ["--server", server],
      ["--socket", socket],
      ["--token-file", tokenFile],
      ["--ca-file", caFile],
      ["--config", config],
    ].filter(([, value]) => value !== undefined).slice(0, 1).map(([name]) => name!),
  ];
  if (ways.length > 1) {
    throw new Failure(
      EXIT.usage,
      `Cannot compare with both ${ways[0]} and ${
        ways[1]
      }: expected a server, a state, or --old with --backups`,
    );
  }
  if ((old === undefined) !== (backups === undefined)) {
    const [given, missing] = old === undefined ? ["--backups", "--old"] : ["--old", "--backups"];
    throw new Failure(EXIT.usage, `Cannot use ${given} alone: expected ${missing} beside it`);
  }
}
