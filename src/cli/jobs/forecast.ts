// `schelly forecast`: which backups a job will have, by the real scheduler and election over virtual time; without a job,
// which of all jobs go.

import type { Command } from "commander";
import { countBackups } from "../../domain/backup.ts";
import { DAY } from "../../domain/duration.ts";
import { drain } from "../../domain/slices.ts";
import { OverBudget } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import { LEVELS } from "../../domain/policy.ts";
import { createScheduleCache } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import { ForecastAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import { sourceOf } from "../config/config.ts";
import { loadConfiguration } from "../terminal/configuration.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { futureReader, TIME_FORMS } from "../terminal/readers.ts";
import { type Cell, type Display, displayOf, span } from "../terminal/render.ts";
import { timeline, TIMELINE_LEGEND, type TimelineRow } from "../terminal/timeline.ts";

interface ForecastArgs extends ServerArgs {
  job: string;
  /** UTC ms; default the last of `at`, else a year from now, or less where that takes too long. */
  until?: number;
  /** UTC ms; default a sensible few. */
  at?: number[];
  policy?: string;
  schedule?: string;
  /** From the configuration alone. */
  offline?: boolean;
  /** Every backup at the end, one a line. */
  list?: boolean;
  json?: boolean;
}

const DEFAULT_MS = 365 * DAY;
/** It takes the server some seconds, and others may ask too. */
const TIMEOUT_MS = 300_000;

/** Declares the command. */
export function addForecast(program: Command, { host, finish }: Context): void {
  const future = futureReader(host);
  const forecast = program.command("forecast").description(
    "foresee which backups a job will have at times to come, or which of all jobs go next",
  )
    .argument("[job]", "name of the job; without one: what all jobs delete within a day, or by --until")
    .option(
      "--until <time>",
      `how far to look: ${TIME_FORMS}, or a length from now such as 90d, 18mo or 2y (default 1y, less where that takes too long)`,
      future,
    )
    .option(
      "--at <time>",
      "a date to look at, same forms; several: repeat it, or separate them by commas",
      (text: string, before: number[] | undefined) => [...before ?? [], ...text.split(",").map(future)],
    )
    .option("--policy <policy>", "try another retention, e.g. daily=7,weekly=4@SAT,monthly=12")
    .option("--schedule <pattern>", "try another schedule: 5, 6 or 7 cron fields, in quotes")
    .option("--list", "also list every backup that will be there at the end")
    .option("--offline", "from the configuration alone, starting without backups; needs no server");
  example(
    serverOptions(jsonOption(forecast)),
    "schelly forecast",
    "schelly forecast postgres --until 2y",
    "schelly forecast postgres --at 2027-01-01,2027-06-30 --policy daily=14,monthly=12",
    "schelly forecast postgres --offline --config schelly.yaml",
  );
  forecast.action(async (job: string | undefined, options) =>
    finish(
      job === undefined ? await forecastAll(options, host) : await forecastJob({ ...options, job }, host),
    )
  );
}

/** What is asked of one job only means nothing of all of them. */
async function forecastAll(args: Omit<ForecastArgs, "job">, host: Host): Promise<number> {
  const ofOne = (["at", "policy", "schedule", "list", "offline"] as const).find((name) =>
    args[name] !== undefined
  );
  if (ofOne !== undefined) {
    throw new Failure(EXIT.usage, `Cannot use --${ofOne} without a job: expected the name of one before it`);
  }
  const { forecastDeletions } = await import("./forecast_deletions.ts");
  return await forecastDeletions(args, host);
}

/** What there will be at each date, and a timeline of the last one. */
async function forecastJob(args: ForecastArgs, host: Host): Promise<number> {
  const { at, policy, schedule } = args;
  const client = await serverOf(args, host);
  const ask = (until: number | null): Promise<ForecastAnswer> =>
    client === undefined ? forecastOffline(args, until, host) : client.get(
      `/jobs/${segment(args.job)}/forecast`,
      ForecastAnswer,
      {
        until: until === null ? undefined : iso(until),
        at: at?.map((ms) => iso(ms)).join(","),
        policy,
        schedule,
      },
      TIMEOUT_MS,
    ).catch((error) => {
      throw isOverBudget(error) ? new Failure(EXIT.overBudget, error.message, error.status) : error;
    });
  const display = displayOf(host);
  let answer: ForecastAnswer;
  try {
    answer = await ask(args.until ?? (at === undefined ? host.clock.now() + DEFAULT_MS : Math.max(...at)));
  } catch (error) {
    // Nobody asked for a year.
    const isDefault = args.until === undefined && at === undefined;
    if (!isDefault || !(error instanceof Failure) || error.code !== EXIT.overBudget) throw error;
    answer = await ask(null);
    display.note("A year takes too long to forecast for this job: this goes as far as is quick.");
  }
  if (args.json) display.json(answer);
  else {
    await printDates(answer, display);
    printTimeline(answer, host, display);
    if (args.list) await printList(answer, display);
  }
  const reached = answer.reached ?? answer.until ?? iso(host.clock.now());
  const pattern = `"${answer.schedule ?? "?"}" in ${answer.timezone ?? "?"}`;
  display.note(`${count(answer)} at ${short(reached)} ${slotsText(answer.slots)} ${pattern}`);
  if (answer.until && reached < answer.until) {
    display.note(
      `The forecast stopped at ${reached}, before ${answer.until}: there are too many slots or backups up to then.`,
    );
  }
  return EXIT.ok;
}

/** The server to ask; undefined for a forecast from the configuration alone. */
async function serverOf(args: ForecastArgs, host: Host): Promise<Client | undefined> {
  if (args.offline) {
    const named = (["server", "socket", "tokenFile", "caFile"] as const).find((name) =>
      args[name] !== undefined
    );
    if (named === undefined) return undefined;
    const flag = named.replace("File", "-file");
    throw new Failure(
      EXIT.usage,
      `Cannot use --offline with --${flag}: one asks no server and the other names it: expected one of them`,
    );
  }
  try {
    return await connect(args, host);
  } catch (error) {
    const isAway = error instanceof Failure && error.code === EXIT.unreachable;
    if (!isAway || args.server !== undefined || args.socket !== undefined) throw error;
    if (args.config === undefined) {
      throw new Failure(error.code, `${error.message}; --offline forecasts from the configuration alone`);
    }
    displayOf(host).note(
      "No server answers: this is from the configuration alone, starting without backups.",
    );
    return undefined;
  }
}

/** The server says so of what takes too long to play. */
function isOverBudget(error: unknown): error is Failure {
  return error instanceof Failure && error.status === 422;
}

async function forecastOffline(
  args: ForecastArgs,
  until: number | null,
  host: Host,
): Promise<ForecastAnswer> {
  const config = await loadConfiguration({ config: args.config }, host, "optional");
  const job = config.jobs.find(({ name }) => name === args.job);
  if (job === undefined) {
    const names = config.jobs.slice(0, 20).map(({ name }) => name).join(", ");
    throw new Failure(
      EXIT.notFound,
      `There is no job ${JSON.stringify(args.job)} in ${sourceOf(config)}: expected one of ${names}`,
    );
  }
  const { forecastView } = await import("../../app/future/forecast_view.ts");
  const present = { job, existing: [], pause: null, now: host.clock.now() };
  const { at: dates, policy, schedule } = args;
  try {
    return ForecastAnswer.parse(
      drain(forecastView(present, { until, dates, policy, schedule }, createScheduleCache())),
    );
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(EXIT.usage, error.message);
    if (error instanceof OverBudget) throw new Failure(EXIT.overBudget, error.message);
    throw error;
  }
}

async function printDates(answer: ForecastAnswer, display: Display): Promise<void> {
  const levels = answer.dates[0]?.levels.map(({ level }) => level) ?? [];
  await display.table(
    ["DATE", "BACKUPS", ...levels.map((level) => level.toUpperCase()), "OLDEST", "LARGEST GAP"],
    answer.dates.map((date): Cell[] => [
      short(date.at),
      String(date.backups),
      ...date.levels.map(({ kept, limit }) => `${kept}/${limit}`),
      date.oldest ? `${date.oldest.slice(0, 10)} (${length(date.oldest, date.at)})` : "-",
      date.largest_gap
        ? `${length(date.largest_gap.from, date.largest_gap.until)} from ${
          date.largest_gap.from.slice(0, 10)
        }`
        : "-",
    ]),
    "No dates.",
  );
}

/** From coarse to fine, each level with what it keeps; then all there is. */
function printTimeline(answer: ForecastAnswer, host: Host, display: Display): void {
  const end = answer.dates.at(-1);
  if (end === undefined || answer.backups.length === 0) return;
  const times = answer.backups.map((backup) => Date.parse(backup.period_time));
  const rows: TimelineRow[] = LEVELS.toReversed().flatMap((name) => {
    const limit = end.levels.find(({ level }) => level === name)?.limit;
    if (limit === undefined) return [];
    const standing = times.filter((_, at) => answer.backups[at]!.tags.includes(name));
    return [{ name, times: standing.sort((a, b) => b - a).slice(0, limit) }];
  });
  const { outIsTty, columns } = host.terminal;
  display.print("");
  display.say({ text: `At ${short(end.at)}, by age:`, paint: display.strong });
  const width = outIsTty ? columns : 80;
  for (const line of timeline([...rows, { name: "all", times }], Date.parse(end.at), width)) {
    display.print(line);
  }
  display.print(TIMELINE_LEGEND);
}

async function printList(answer: ForecastAnswer, display: Display): Promise<void> {
  display.print("");
  const newestFirst = [...answer.backups].sort((a, b) => a.period_time < b.period_time ? 1 : -1);
  await display.table(
    ["TIME", "KEPT AS", "TAGS"],
    newestFirst.map((row): Cell[] => [
      row.period_time,
      row.reasons.join(", ") || "-",
      row.tags.join(",") || "-",
    ]),
    "No backups by then.",
  );
  if (answer.left_out) display.note(`${answer.left_out} older ones are not listed.`);
}

/** Without a slot the job does not run up to then, as while it is paused. */
function slotsText(slots: number | null | undefined): string {
  if (slots === 0) return "with no slot up to then (paused, disabled or outside its dates):";
  return `after ${slots === 1 ? "1 slot" : `${slots ?? "?"} slots`} of`;
}

function count({ backups, left_out }: ForecastAnswer): string {
  return countBackups(backups.length + (left_out ?? 0));
}

function length(from: string, until: string): string {
  return span(Date.parse(until) - Date.parse(from));
}

/** To the minute, in UTC. */
function short(time: string): string {
  return `${time.slice(0, 16).replace("T", " ")}Z`;
}
