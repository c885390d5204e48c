// `schelly jobs list | show | pause | resume`.

import type { Command } from "commander";
import { countBackups } from "../../domain/backup.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { JobAnswer } from "../client/answers.ts";
import { addJobsDays } from "./jobs_days.ts";
import { addJobsCheck } from "./jobs_check.ts";
import { verificationFields } from "./job_verification.ts";
import { connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT } from "../terminal/exit.ts";
import { noteStorage, storageLines } from "./storage_lines.ts";
import { type Context, example, jsonOption, serverOptions, utcOption } from "../terminal/options.ts";
import { futureReader } from "../terminal/readers.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface JobsArgs extends ServerArgs {
  json?: boolean;
  utc?: boolean;
}

interface JobArgs extends JobsArgs {
  job: string;
}

/** Declares these and `check`; answers the group so that `trigger` can join it. */
export function addJobs(program: Command, context: Context): Command {
  const { host, finish } = context;
  const jobs = program.command("jobs").description("show, start, pause and check jobs");
  const list = jobs.command("list").description(
    "list every job with its state, health, next slot and last success",
  );
  example(serverOptions(jsonOption(list)), "schelly jobs list");
  list.action(async (options) => finish(await listJobs(options, host)));

  const show = jobs.command("show").description("show one job in full").argument("<job>", "name of the job");
  example(serverOptions(utcOption(jsonOption(show))), "schelly jobs show postgres");
  show.action(async (job, options) => finish(await showJob({ ...options, job }, host)));

  const pause = jobs.command("pause").description("start no slots of a job until it is resumed")
    .argument("<job>", "name of the job")
    .option("--reason <text>", "shown wherever the pause is")
    .option("--until <time>", "resume by itself then, or after a length such as 2h", futureReader(host));
  example(
    serverOptions(jsonOption(pause)),
    'schelly jobs pause postgres --until 2h --reason "disk is being replaced"',
  );
  pause.action(async (job, options) => finish(await pauseJob({ ...options, job }, host)));

  const resume = jobs.command("resume").description("end a pause").argument("<job>", "name of the job");
  example(serverOptions(jsonOption(resume)), "schelly jobs resume postgres");
  resume.action(async (job, options) => finish(await resumeJob({ ...options, job }, host)));

  addJobsCheck(jobs, context);
  addJobsDays(jobs, context);
  return jobs;
}

/** Every job in one table. */
async function listJobs(args: JobsArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const { items: jobs } = await client.pages("/jobs", JobAnswer, {}, Infinity);
  const display = displayOf(host);
  if (args.json) {
    display.json(jobs);
    return EXIT.ok;
  }
  await display.table(
    ["JOB", "STATE", "HEALTH", "NEXT", "LAST SUCCESS", "BACKUPS", "SCHEDULE", "POLICY"],
    jobs.map((job) => [
      job.job,
      display.status(stateOf(job)),
      display.status(healthWord(job)),
      display.time(job.next_slot) + (job.next_waits === "blackout" ? " (blackout)" : ""),
      display.time(job.last_success),
      String(job.available ?? "-"),
      job.schedule ?? "-",
      job.policy ?? "-",
    ]),
    "No jobs.",
  );
  noteStore(jobs, display);
  for (const job of jobs) {
    noteHealth(job, display);
    noteTries(job, display);
    noteTrouble(job, display);
    noteGuards(job, display);
    noteMissing(job, display);
    noteOpenDeletions(job, display);
    noteUnmanaged(job, display);
    noteRemains(job, display);
  }
  return EXIT.ok;
}

/** One job in full. */
async function showJob(args: JobArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  return await showAnswer(await client.get(`/jobs/${segment(args.job)}`, JobAnswer), args, host);
}

/** Stops taking slots of a job. */
async function pauseJob(
  args: JobArgs & { reason?: string; until?: number },
  host: Host,
): Promise<number> {
  const client = await connect(args, host);
  const until = args.until === undefined ? undefined : iso(args.until);
  const body = { ...(args.reason === undefined ? {} : { reason: args.reason }), ...(until ? { until } : {}) };
  const job = await client.post(`/jobs/${segment(args.job)}/pause`, JobAnswer, { body });
  if (args.json) displayOf(host).json(job);
  const ending = job.paused_until ? `until ${job.paused_until}` : "until it is resumed";
  displayOf(host).note(`Job ${job.job} is paused ${ending}; its slots are recorded as skipped.`);
  return EXIT.ok;
}

/** Ends a pause. */
async function resumeJob(args: JobArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const job = await client.post(`/jobs/${segment(args.job)}/resume`, JobAnswer);
  const display = displayOf(host);
  if (args.json) display.json(job);
  display.note(`Job ${job.job} is resumed; next slot ${display.longTime(job.next_slot)}${waitText(job)}.`);
  return EXIT.ok;
}

/** What the next start waits for, beyond its slot. */
function waitText({ next_waits }: JobAnswer): string {
  return next_waits === "blackout" ? ", waits for the end of the blackout" : "";
}

async function showAnswer(job: JobAnswer, args: JobsArgs, host: Host): Promise<number> {
  const display = displayOf(host, args);
  if (args.json) {
    display.json(job);
    return EXIT.ok;
  }
  const { running } = job;
  await display.fields([
    ["job", job.label && job.label !== job.job ? `${job.job} (${job.label})` : job.job],
    ...healthFields(job, display),
    ["state", display.status(stateOf(job))],
    ["schedule", `${job.schedule ?? "-"}${job.schedule_derived ? " (derived from the policy)" : ""}`],
    ["timezone", job.timezone],
    ["provider", job.provider],
    ["policy", job.policy],
    ["blackout", job.blackout ? `${job.blackout.windows.join("; ")}, then ${job.blackout.then}` : null],
    ["next slot", display.longTime(job.next_slot) + waitText(job)],
    ["paused until", job.paused ? job.paused_until ?? "resumed by hand" : null],
    [
      "running",
      running ? `${running.run_id} ${running.state ?? ""} since ${display.longTime(running.since)}` : null,
    ],
    ["progress", running?.message],
    [
      "waiting",
      job.waiting
        ? `since ${display.longTime(job.waiting.since)}: ${job.waiting.cause ?? "no answer yet"}`
        : null,
    ],
    ["tries", job.retry ? triesOf(job.retry, display) : null],
    ["last success", display.longTime(job.last_success)],
    ["last failure", display.longTime(job.last_failure)],
    ["backups", String(job.available ?? "-")],
    ["held", job.held ? String(job.held) : null],
    ["unmanaged since", display.longTime(job.unmanaged_since)],
    [
      "suspects",
      job.suspects ? `${job.suspects}: see \`schelly backups list --job ${job.job} --suspect\`` : null,
    ],
    ["missing", job.missing ? String(job.missing) : null],
    ...storageLines(job, display),
    ...verificationFields(job, display),
  ]);
  noteStore([job], display);
  noteTrouble(job, display);
  noteGuards(job, display);
  noteMissing(job, display);
  noteOpenDeletions(job, display);
  noteStorage(job, display);
  noteUnmanaged(job, display);
  noteRemains(job, display);
  return EXIT.ok;
}

/** Where somebody has to look, why comes first. */
function healthFields(job: JobAnswer, display: Display): [string, Cell | null | undefined][] {
  const { health } = job;
  const how: [string, Cell | null | undefined][] = [
    ["health", health ? display.status(healthWord(job)) : null],
    ["since", display.longTime(health?.since)],
  ];
  const why: [string, Cell | null | undefined][] = [["cause", health?.cause], [
    "what to do",
    health?.remedy,
  ]];
  return health?.well === false ? [...why, ...how] : [...how, ...why];
}

/** The words of health that only health tells of: the rest is told by what they are about. */
const TOLD_AS_HEALTH: readonly string[] = ["failing", "never", "late", "unproved"];

function stateOf(job: JobAnswer): string {
  if (job.managed === false) return "unmanaged";
  if (job.enabled === false) return "disabled";
  if (job.provider_trouble) return "no provider";
  if (job.running) return job.running.state ?? "running";
  if (job.waiting) return "waiting";
  if (job.paused) return "paused";
  if (job.guards.some((guard) => guard.latched)) return "guarded";
  if (job.open_deletions?.stuck) return "stuck";
  if (job.guards.some(({ guard }) => guard === "newest_suspect")) return "suspect";
  if (job.missing) return "missing";
  if (job.guards.some(({ guard }) => guard === "untrusted_clock")) return "clock in doubt";
  return job.guards.some(({ guard }) => guard === "freeze") ? "frozen" : "on";
}

/** Nothing is wrong with a job whose first backup is still to come: `never` is the word of one that lacks it. */
function healthWord({ health }: JobAnswer): string {
  return health?.state === "never" && health.well === true ? "not due yet" : health?.state ?? "-";
}

/** `try 2 of 3, next 2026-11-20T12:40:00.000Z: why the one before failed` */
function triesOf({ attempt, of, next_at, cause }: NonNullable<JobAnswer["retry"]>, display: Display): string {
  const next = next_at ? `, next ${display.time(next_at)}` : ", under way";
  return `try ${attempt} of ${of}${next}${cause ? `: ${cause}` : ""}`;
}

/** What is wrong, where none of the other notes tells it. */
function noteHealth({ job, health, provider_trouble, store_trouble }: JobAnswer, display: Display): void {
  if (provider_trouble || store_trouble) return;
  if (!health || !TOLD_AS_HEALTH.includes(health.state) || health.well !== false) return;
  const since = health.since ? ` since ${display.time(health.since)}` : "";
  const remedy = health.remedy ? `; ${health.remedy}` : "";
  display.note(`${job}: ${health.cause ?? "nothing says why"} (${health.state}${since})${remedy}`);
}

/** What waits, and what is tried again. */
function noteTries(job: JobAnswer, display: Display): void {
  // What waits until it is fixed is told as what fails.
  const isCalm = job.health?.state === "waiting" && job.health.well === true;
  if (job.waiting && !job.waiting.until_mended && !isCalm) {
    const cause = job.waiting.cause ?? "no answer yet";
    display.note(`${job.job}: waits for its provider since ${display.time(job.waiting.since)}: ${cause}`);
  }
  if (job.retry) display.note(`${job.job}: ${triesOf(job.retry, display)}`);
}

/** What nothing touches, and how it is taken over or deleted on purpose. */
function noteUnmanaged(job: JobAnswer, display: Display): void {
  for (const { provider, available } of job.unmanaged ?? []) {
    const backups = countBackups(available);
    display.note(
      job.managed === false
        ? `${job.job}: not in the configuration; its ${backups} at ${provider} stay untouched: take them over with ` +
          `\`renamed_from: ${job.job}\` or by declaring the job again, or delete them on purpose with ` +
          `\`schelly backups delete --job ${job.job} --all\``
        : `${job.job}: ${backups} at ${provider}, no longer its provider, stay untouched: take them over with ` +
          `\`formerly: [${provider}]\`, beside what stands there, or delete them on purpose by id`,
    );
  }
}

/** How a job ends that has no backups left. */
function noteRemains({ job, managed, unmanaged, remains }: JobAnswer, display: Display): void {
  if (managed !== false || typeof remains !== "number" || unmanaged?.length !== 0) return;
  display.note(
    remains === 0
      ? `${job}: not in the configuration, and nothing of it is left; \`schelly jobs forget ${job}\` takes it off ` +
        "the lists"
      : `${job}: not in the configuration; ${remains} of its runs may still have something at a provider: delete it ` +
        `with \`schelly backups delete --job ${job} --all --leftovers\`, then \`schelly jobs forget ${job}\``,
  );
}

/** What is not where it should be, where no guard tells of it yet. */
function noteMissing({ job, managed, missing, guards }: JobAnswer, display: Display): void {
  if (!missing || managed === false || guards.some(({ guard }) => guard === "not_found")) return;
  const [are, their, count, them] = missing === 1
    ? ["is", "its", "counts", "it"]
    : ["are", "their", "count", "them"];
  display.note(
    `${job}: ${
      countBackups(missing)
    } ${are} not at ${their} provider any more and ${count} for nothing: look for ` +
      `${them} (\`schelly runs list --job ${job} --status missing\`), then say that you have with ` +
      `\`schelly retention approve ${job}\``,
  );
}

/** What stands in the way of deletions that were sent. */
function noteOpenDeletions(job: JobAnswer, display: Display): void {
  if (!job.open_deletions) return;
  const isLocked = /locked/.test(job.open_deletions.message ?? "");
  const remedy = isLocked ? `; see \`schelly jobs unlock ${job.job}\`` : "";
  display.note(`${job.job}: ${job.open_deletions.message ?? "deletions find no way"}${remedy}`);
}

/** Why nothing at all is saved: once, whatever the number of jobs. */
function noteStore(jobs: readonly JobAnswer[], display: Display): void {
  const trouble = jobs.find(({ store_trouble }) => store_trouble)?.store_trouble;
  if (!trouble) return;
  display.note(
    `The state cannot be saved: ${trouble}. No backup begins until it can, and this may be older than what happened.`,
  );
}

/** Why nothing of the job is started or deleted. */
function noteTrouble(job: JobAnswer, display: Display): void {
  if (!job.provider_trouble) return;
  display.note(`${job.job}: its provider ${job.provider} is out of use: ${job.provider_trouble}`);
}

function noteGuards(job: JobAnswer, display: Display): void {
  for (const guard of job.guards) {
    // Most guards say themselves what to do.
    const remedy = guard.latched && !guard.message?.includes("schelly ")
      ? `; see \`schelly retention show ${job.job}\`, then \`retention approve\``
      : "";
    display.note(`${job.job}: retention is held by ${guard.guard}: ${guard.message ?? ""}${remedy}`);
  }
}
