// `schelly jobs days`: what became of a job by day.

import type { Command } from "commander";
import { formatDuration } from "../../domain/duration.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { Host } from "../../ports/host.ts";
import { JobDaysAnswer } from "../client/answers.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface DaysArgs extends ServerArgs {
  job: string;
  from?: string;
  json?: boolean;
}

type Day = JobDaysAnswer["days"][number];

/** Declares the command in the group `jobs`. */
export function addJobsDays(jobs: Command, { host, finish }: Context): void {
  const days = jobs.command("days")
    .description("show what became of a job on each day of the last weeks (days of UTC)")
    .argument("<job>", "name of the job")
    .option("--from <time>", "the first day, such as 2026-11-01 (default: 30 days)");
  example(serverOptions(jsonOption(days)), "schelly jobs days postgres");
  days.action(async (job, options) => finish(await showDays({ ...options, job }, host)));
}

async function showDays(args: DaysArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const query = args.from === undefined ? {} : { from: args.from };
  const answer = await client.get(`/jobs/${segment(args.job)}/days`, JobDaysAnswer, query);
  const display = displayOf(host);
  if (args.json) {
    display.json(answer);
    return EXIT.ok;
  }
  display.print(
    `${answer.days.map(signOf).join("")}  + good, x failed, ! missed, ? suspect, - skipped, . nothing`,
  );
  display.print("");
  await display.table(
    ["DAY", "GOOD", "FAILED", "MISSED", "OTHER", "DELETED", "SIZE", "LONGEST", "FREED", "STORED"],
    answer.days.map((day) => [
      day.day,
      countText(day.succeeded),
      badCount(day.failed, display),
      badCount(day.missed, display),
      othersText(day),
      countText(day.deleted),
      day.bytes ? bytesText(day.bytes) : "-",
      day.longest_seconds ? formatDuration(Math.round(day.longest_seconds) * 1000) : "-",
      day.freed ? bytesText(day.freed) : "-",
      day.stored ? bytesText(day.stored) : "-",
    ]),
    "No days.",
  );
  return EXIT.ok;
}

/** What is wrong comes first: a good run hides no failure. */
function signOf({ failed, missed, suspect, succeeded, skipped, cancelled }: Day): string {
  if (failed) return "x";
  if (missed) return "!";
  if (suspect) return "?";
  if (succeeded) return "+";
  return skipped || cancelled ? "-" : ".";
}

function othersText({ suspect, skipped, cancelled }: Day): string {
  const kinds = Object.entries({ suspect, skipped, cancelled }).filter(([, count]) => count);
  return kinds.map(([kind, count]) => `${count} ${kind}`).join(", ") || "-";
}

/** What went wrong is seen from afar. */
function badCount(count: number | null | undefined, display: Display): Cell {
  return count ? display.toned("bad", String(count)) : "-";
}

function countText(count: number | null | undefined): string {
  return count ? String(count) : "-";
}
