// `schelly coverage`: what levels and promises ask for against what exists.

import type { Command } from "commander";
import type { z } from "zod";
import type { Host } from "../../ports/host.ts";
import { CoverageSummaryView, CoverageView } from "../../ports/views/coverage.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { lenient } from "../client/lenient.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions, utcOption } from "../terminal/options.ts";
import { type Cell, type Display, displayOf, span } from "../terminal/render.ts";

interface CoverageArgs extends ServerArgs {
  job?: string;
  json?: boolean;
  utc?: boolean;
}

const SUMMARY = [
  "job",
  "levels.level",
  "levels.asked",
  "levels.covered",
  "worst_gap.from",
  "worst_gap.seconds",
  "worst_gap.planned_seconds",
  "promises.promise",
  "promises.state",
] as const;
const SummaryAnswer = lenient(CoverageSummaryView, { needed: SUMMARY, otherwise: { asked: 0, covered: 0 } });
type SummaryAnswer = z.infer<typeof SummaryAnswer>;

const DetailAnswer = lenient(CoverageView, {
  needed: [...SUMMARY, "holes.level", "holes.period", "holes.why.cause", "holes.why.runs"],
  unread: ["holes.from", "holes.until"],
  otherwise: { asked: 0, covered: 0, hole_count: 0 },
});

/** Declares the command. */
export function addCoverage(program: Command, { host, finish }: Context): void {
  const coverage = program.command("coverage")
    .description("compare what the retention policy asks for with what exists")
    .argument("[job]", "name of the job; all of them, one a line, when absent");
  example(serverOptions(utcOption(jsonOption(coverage))), "schelly coverage", "schelly coverage postgres");
  coverage.action(async (job, options) => {
    finish(await (job === undefined ? showAll(options, host) : showOne({ ...options, job }, host)));
  });
}

/** Every job in one line. */
async function showAll(args: CoverageArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const jobs = await client.get("/coverage", SummaryAnswer.array());
  const display = displayOf(host);
  if (args.json) {
    display.json(jobs);
    return EXIT.ok;
  }
  await display.table(
    ["JOB", "SCORE", "COVERED", "LACKING", "WORST GAP", "PLANNED", "PROMISES"],
    jobs.map((job): Cell[] => [
      job.job,
      scoreText(job),
      job.at ? `${job.covered} of ${job.asked}` : "-",
      lacking(job),
      job.worst_gap ? span(job.worst_gap.seconds * 1000) : "-",
      job.worst_gap ? span(job.worst_gap.planned_seconds * 1000) : "-",
      promisesText(job, display),
    ]),
    "No jobs.",
  );
  const waiting = jobs.filter((job) => !job.at).length;
  if (waiting > 0) display.note(`${waiting} of ${jobs.length} jobs were not worked out yet: ask again.`);
  return EXIT.ok;
}

/** One job with its holes. */
async function showOne(args: CoverageArgs & { job: string }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const job = await client.get(`/jobs/${segment(args.job)}/coverage`, DetailAnswer);
  const display = displayOf(host, args);
  if (args.json) {
    display.json(job);
    return EXIT.ok;
  }
  const gap = job.worst_gap;
  await display.fields([
    ["job", job.job],
    ["policy", job.policy],
    ["known since", display.longTime(job.since)],
    ["score", job.asked === 0 ? "nothing is asked yet" : `${scoreText(job)}, ${job.covered} of ${job.asked}`],
    ["worst gap", gap ? `${span(gap.seconds * 1000)}, ${gap.from} to ${gap.to ?? "now"}` : null],
    ["planned there", gap ? `${span(gap.planned_seconds * 1000)}${slotsText(gap.slots)}` : null],
  ]);
  display.print("");
  await display.table(
    ["LEVEL", "KEEPS", "ASKED", "COVERED"],
    job.levels.map((one) => [one.level, String(one.count ?? "all"), String(one.asked), String(one.covered)]),
    "The policy keeps no level.",
  );
  if (job.promises.length > 0) {
    display.print("");
    await display.table(
      ["PROMISE", "STATE", "WHY"],
      job.promises.map((one): Cell[] => [
        one.promise,
        display.status(one.state === "kept" ? "ok" : one.state === "broken" ? "failed" : "not yet"),
        one.why ?? "-",
      ]),
      "",
    );
  }
  if (job.holes.length > 0) {
    display.print("");
    await display.table(
      ["LACKING", "LEVEL", "DUE", "WHY"],
      job.holes.map((hole): Cell[] => [hole.period, hole.level, hole.slot ?? "-", whyText(hole.why)]),
      "",
    );
  }
  const more = job.hole_count - job.holes.length;
  if (more > 0) display.note(`${more} older holes are not listed.`);
  if (job.cut) display.note("A level asks for more periods than were looked at: the newest 20,000 of each.");
  return EXIT.ok;
}

function scoreText({ score }: SummaryAnswer): string {
  return typeof score === "number" ? `${score} %` : "-";
}

/** `daily 2, weekly 1` */
function lacking({ levels }: SummaryAnswer): string {
  return levels.filter(({ asked, covered }) => covered < asked)
    .map(({ level, asked, covered }) => `${level} ${asked - covered}`).join(", ") || "-";
}

function promisesText({ promises }: SummaryAnswer, display: Display): Cell {
  if (promises.length === 0) return "-";
  const broken = promises.filter(({ state }) => state === "broken").length;
  return broken === 0 ? display.status("ok") : display.status("failed");
}

function slotsText(slots: number | null | undefined): string {
  return typeof slots === "number" && slots > 0 ? `, ${slots} ${slots === 1 ? "slot" : "slots"} in it` : "";
}

const WORDS: Readonly<Record<string, string>> = {
  missed: "missed",
  still_running: "the run before was not over",
  paused: "paused",
  disabled: "disabled",
  outside_dates: "outside its dates",
  blackout: "in a blackout",
  unmanaged: "not in the configuration",
  deleted: "deleted by retention",
  deleted_by_hand: "deleted by hand",
  missing: "the provider does not have it any more",
  not_counted: "there is one that does not count",
};

function whyText(why: { cause: string; runs: number; detail?: string | null }[]): string {
  if (why.length === 0) return "no record tells";
  return why.map(({ cause, runs, detail }) => {
    const times = runs > 1 ? ` ${runs} times` : "";
    return `${WORDS[cause] ?? cause}${times}${detail ? ` (${detail})` : ""}`;
  }).join("; ");
}
