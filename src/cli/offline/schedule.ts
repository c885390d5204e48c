// `schelly schedule next | derive`: when a pattern fires and which one a policy asks for, without a server or config.

import type { Command } from "commander";
import { iso } from "../../domain/instant.ts";
import type { WeekStart } from "../../domain/policy.ts";
import type { BlackoutSettings } from "../../domain/job.ts";
import { blackoutOf, mayStartAt } from "../../domain/schedule/blackout.ts";
import { isWholeWeek, joinSpans, parseWindow } from "../../domain/schedule/blackout_windows.ts";
import { slotsToRun } from "../../domain/schedule/slots_to_run.ts";
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
  blackout?: string[];
  skip?: boolean;
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
    .option("--count <n>", "how many", countReader(1, 100_000), 5)
    .option(
      "--blackout <window...>",
      'no start in these windows, such as "Mon-Fri 08:00-18:00": it waits for the end',
    )
    .option("--skip", "a slot in a window is skipped instead");
  example(
    jsonOption(zoneOption(next, host)),
    'schelly schedule next "0 30 2 * * *" --timezone Europe/Berlin --count 3',
    'schelly schedule next "0 0 */4 * * *" --timezone Europe/Berlin --blackout "Mon-Fri 08:00-18:00"',
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
  const job = { timezone: args.timezone, startDeadlineMs: null, ...blackoutArgs(args) };
  const blackout = blackoutOf(job);
  const slots = slotsToRun(parsed.schedule, job);
  const times: string[] = [];
  const lines: string[] = [];
  let at: number | null = args.from ?? host.clock.now();
  while (times.length < args.count) {
    at = slots.next(at);
    if (at === null) break;
    const starts = mayStartAt(blackout, at);
    times.push(iso(starts));
    lines.push(
      starts === at ? iso(at) : `${iso(starts)}  due at ${iso(at)}, waits for the end of the blackout`,
    );
  }
  if (args.json) display.json(times);
  else for (const line of lines) display.print(line);
  if (times.length < args.count) {
    display.note(
      times.length === 0 ? "This pattern does not fire any more." : "After that it does not fire any more.",
    );
  }
  return EXIT.ok;
}

/** As a job would declare it; a usage failure for windows that cannot be used. */
function blackoutArgs({ blackout: windows, skip }: NextArgs): { blackout?: BlackoutSettings } {
  if (windows === undefined) {
    if (skip) {
      throw new Failure(EXIT.usage, "Cannot skip without a blackout: expected --blackout WINDOW, too");
    }
    return {};
  }
  const spans = windows.flatMap((text) => {
    const read = parseWindow(text);
    if ("error" in read) throw new Failure(EXIT.usage, `Cannot use the blackout: ${read.error}`);
    return read;
  });
  if (isWholeWeek(joinSpans(spans))) {
    throw new Failure(EXIT.usage, "Cannot use the blackout: it leaves no time of the week");
  }
  return { blackout: { windows, act: skip ? "skip" : "wait" } };
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
