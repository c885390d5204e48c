// `schelly jobs check`: whether the providers of jobs could work, without changing anything.

import type { Command } from "commander";
import type { z } from "zod";
import { counted } from "../../domain/count_text.ts";
import type { Host } from "../../ports/host.ts";
import { CheckAnswer, JobAnswer } from "../client/answers.ts";
import { type Client, connect, segment } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Cell, type Display, displayOf } from "../terminal/render.ts";

interface CheckArgs extends ServerArgs {
  job?: string;
  dryRun?: boolean;
  json?: boolean;
}

type Check = z.infer<typeof CheckAnswer>;

/** So many providers are checked at once: one that hangs is to hold up no other. */
const AT_ONCE = 64;

/** Declares the command. */
export function addJobsCheck(jobs: Command, { host, finish }: Context): void {
  const check = jobs.command("check").description(
    "ask, without changing anything, whether a job's provider could work",
  )
    .argument("[job]", "name of the job; without it every job that is enabled")
    .option("--dry-run", "also say what a backup made now would add (restic); takes about as long as one");
  example(
    serverOptions(jsonOption(check)),
    "schelly jobs check",
    "schelly jobs check postgres",
    "schelly jobs check files --dry-run",
  );
  check.action(async (job, options) =>
    finish(await (job === undefined ? checkAll(options, host) : checkJob({ ...options, job }, host)))
  );
}

/** Asks the provider of one job; fails when one check does. */
async function checkJob(args: CheckArgs & { job: string }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const query = args.dryRun ? { dry_run: true } : {};
  if (args.dryRun) display.note("Reading what would be backed up; nothing is written.");
  const checks = await client.post(`/jobs/${segment(args.job)}/check`, CheckAnswer.array(), { query });
  if (args.json) display.json(checks);
  else {
    await display.table(
      ["CHECK", "RESULT", "MESSAGE"],
      checks.map((check) => cellsOf(check, display)),
      "The provider of this job has no checks.",
    );
    noteRemedies(checks, display);
  }
  return checks.every((check) => check.ok) ? EXIT.ok : EXIT.failed;
}

/** Asks those of every job that is enabled; one that cannot be asked has failed, and the others are asked all the same. */
async function checkAll(args: CheckArgs, host: Host): Promise<number> {
  if (args.dryRun) {
    throw new Failure(
      EXIT.usage,
      "Cannot make a dry run of every job: expected a job's name before --dry-run",
    );
  }
  const client = await connect(args, host);
  const display = displayOf(host);
  const { items } = await client.pages("/jobs", JobAnswer, {}, Infinity);
  const found: CheckedJob[] = items
    .filter(({ enabled, managed }) => enabled !== false && managed !== false)
    .map(({ job, provider }) => ({ job, provider: provider ?? job, checks: [] }));
  // All take from one iterator: each goes on with the next provider that nobody has, whose jobs come one by one.
  const rest = Map.groupBy(found, ({ provider }) => provider).values();
  const ask = async () => {
    for (const jobs of rest) for (const one of jobs) one.checks = await asked(client, one.job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  if (args.json) display.json(found.map(({ job, checks }) => ({ job, checks })));
  else await showAll(found, display);
  return found.every(({ checks }) => checks.every((check) => check.ok)) ? EXIT.ok : EXIT.failed;
}

interface CheckedJob {
  job: string;
  provider: string;
  checks: Check[];
}

/** Of jobs on many hosts one row each where all is well: what is wrong is to be found among them. */
async function showAll(found: readonly CheckedJob[], display: Display): Promise<void> {
  const rows = found.flatMap(({ job, provider, checks }): Cell[][] => {
    const isOnHost = provider.includes("@");
    const bad = checks.filter(({ ok }) => !ok);
    if (!isOnHost || checks.length < 2) return checks.map((check) => [job, ...cellsOf(check, display)]);
    if (bad.length > 0) return bad.map((check) => [job, ...cellsOf(check, display)]);
    return [[job, ...cellsOf({ ...checks[0]!, name: `all ${checks.length}` }, display)]];
  });
  await display.table(["JOB", "CHECK", "RESULT", "MESSAGE"], rows, "No job has checks.");
  for (const { job, checks } of found) noteRemedies(checks, display, `${job}: `);
  const bad = found.filter(({ checks }) => checks.some((check) => !check.ok));
  const hosts = new Set(found.map(({ provider }) => provider).filter((provider) => provider.includes("@")));
  const where = hosts.size === 0 ? "" : ` on ${counted(hosts.size, "host")}`;
  display.note(`${found.length} checked${where}, ${bad.length === 0 ? "none" : bad.length} failed.`);
}

async function asked(client: Client, job: string): Promise<Check[]> {
  try {
    return await client.post(`/jobs/${segment(job)}/check`, CheckAnswer.array());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ name: "check", ok: false, message: error.message, remedy: null }];
  }
}

/** What to do about what failed, once where several checks failed for the same. */
function noteRemedies(checks: readonly Check[], display: Display, before = ""): void {
  const told = new Set<string>();
  for (const { name, ok, remedy } of checks) {
    if (ok || !remedy || told.has(remedy)) continue;
    told.add(remedy);
    display.note(`${before}${name}: ${remedy}`);
  }
}

function cellsOf(check: Check, display: Display): Cell[] {
  return [check.name, display.status(check.ok ? "ok" : "failed"), check.message];
}
