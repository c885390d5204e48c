// `schelly schedule next | derive`: when a pattern fires and which one a policy asks for, without a server or config.

import type { Command } from "commander";
import { iso } from "../../domain/instant.ts";
import type { WeekStart } from "../../domain/policy.ts";
import { quartzWeekdays } from "../../domain/schedule/foreign_schedule.ts";
import { deriveSchedule, parseSchedule } from "../../domain/schedule/schedule.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption } from "../terminal/options.ts";
import { countReader, instantReader, TIME_FORMS } from "../terminal/readers.ts";
import { displayOf } from "../terminal/render.ts";
import { checkZone, readPolicy, weekStartsOption, zoneOption } from "./offline_options.ts";

interface NextArgs {
  pattern: string;
  timezone: string;
  /** UTC ms; default now. */
  from?: number;
  count: number;
  json?: boolean;
}

interface DeriveArgs {
  policy: string;
  weekStarts?: WeekStart;
  json?: boolean;
}

/** Declares the commands; answers the group so that `lint` can join it. */
export function addSchedule(program: Command, { host, finish }: Context): Command {
  const schedule = program.command("schedule").description("try schedules out; needs no server");
  const next = schedule.command("next").description("list the times at which a pattern fires")
    .argument("<pattern>", "5, 6 or 7 cron fields, in quotes")
    .option("--from <time>", `only times after this one: ${TIME_FORMS} (default now)`, instantReader)
    .option("--count <n>", "how many", countReader(1, 100_000), 5);
  example(
    jsonOption(zoneOption(next, host)),
    'schelly schedule next "0 30 2 * * *" --timezone Europe/Berlin --count 3',
  );
  next.action((pattern, options) => finish(nextTimes({ ...options, pattern }, host)));

  const derive = schedule.command("derive").description(
    "derive the schedule that a retention policy asks for",
  )
    .requiredOption("--policy <policy>", "levels as count@reference, e.g. daily=7,weekly=4@SAT");
  example(jsonOption(weekStartsOption(derive)), "schelly schedule derive --policy hourly=6,daily=7@3");
  derive.action((options) => finish(derivedSchedule(options, host)));
  return schedule;
}

/**
 * Prints when a pattern fires, strictly after `from`. One that has stopped firing gives fewer times, with a note;
 * one that can never fire at all is a usage failure.
 */
function nextTimes(args: NextArgs, host: Host): number {
  checkZone(args.timezone);
  const parsed = parseSchedule(args.pattern, args.timezone);
  if ("error" in parsed) throw new Failure(EXIT.usage, parsed.error);
  const display = displayOf(host);
  const doubt = quartzWeekdays(args.pattern);
  if (doubt !== undefined) display.note(`Note: ${doubt}.`);
  const times: string[] = [];
  let at: number | null = args.from ?? host.clock.now();
  while (times.length < args.count) {
    at = parsed.schedule.next(at);
    if (at === null) break;
    times.push(iso(at));
  }
  if (args.json) display.json(times);
  else for (const time of times) display.print(time);
  if (times.length < args.count) {
    display.note(
      times.length === 0 ? "This pattern does not fire any more." : "After that it does not fire any more.",
    );
  }
  return EXIT.ok;
}

/** Prints the schedule that a policy asks for. */
function derivedSchedule(args: DeriveArgs, host: Host): number {
  const schedule = deriveSchedule(readPolicy(args.policy, args.weekStarts ?? "sunday"));
  if (typeof schedule !== "string") throw new Failure(EXIT.usage, schedule.error);
  const display = displayOf(host);
  if (args.json) display.json({ schedule });
  else display.print(schedule);
  return EXIT.ok;
}
