// `schelly retention eval`: the election over a list of times, without a server, a state or a config.

import type { Command } from "commander";
import { z } from "zod";
import { elect } from "../../domain/retention/election.ts";
import { drain } from "../../domain/slices.ts";
import { type ReasonData, reasonFields } from "../../domain/retention/reason_data.ts";
import type { Policy, WeekStart } from "../../domain/policy.ts";
import { zoneOf } from "../../domain/calendar/zone.ts";
import { iso } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { checkZone, defaultZone, readPolicy, weekStartsOption, zoneOption } from "./offline_options.ts";
import { type Context, example, jsonOption } from "../terminal/options.ts";
import { type Cell, displayOf } from "../terminal/render.ts";

interface EvalArgs {
  policy: string;
  timezone?: string;
  weekStarts?: WeekStart;
  /** Path of a JSON file, `-` for standard input. */
  backups: string;
  json?: boolean;
}

/** What `--json` prints. */
interface EvalResult {
  /** Newest first. */
  keep: { id: string; reasons: string[]; kept_for: ReasonData[] }[];
  /** Oldest first: the order in which a pass would delete them. */
  remove: string[];
}

interface Timed {
  id: string;
  at: number;
  proved: boolean;
}

const BackupList = z.array(
  z.looseObject({
    id: z.string().min(1),
    start_time: z.iso.datetime({ offset: true }),
    verification: z.string().nullish(),
  }),
);

/** Declares the command in the group `retention`. */
export function addRetentionEval(retention: Command, { host, finish }: Context): void {
  const evaluate = retention.command("eval").description(
    "work out what a policy would keep of a list of times; needs no server",
  )
    .requiredOption(
      "--policy <policy>",
      "levels as count@reference, e.g. daily=7,weekly=4@SAT,monthly=2@L; or keep_last=10,keep_within=30d",
    )
    .requiredOption(
      "--backups <file>",
      'JSON array of {"id", "start_time"}, ISO 8601 with Z or an offset, "verification": "passed" where proved; - reads stdin',
    );
  weekStartsOption(zoneOption(evaluate, host));
  example(
    jsonOption(evaluate),
    "schelly retention eval --policy daily=7,weekly=4@L --timezone UTC --backups times.json",
    "schelly backups list --status available --all --json | schelly retention eval --policy daily=3 --backups -",
  );
  evaluate.action(async (options) => finish(await evalRetention(options, host)));
}

/**
 * Elects over the given times. Every one counts as an available backup that took no time, its `start_time` as its
 * period time, and the newest of them as now: so histories that lie in the future can be judged too.
 */
async function evalRetention(args: EvalArgs, host: Host): Promise<number> {
  const policy = readPolicy(args.policy, args.weekStarts ?? "sunday");
  const zone = args.timezone ?? defaultZone(host);
  checkZone(zone);
  const backups = await readBackups(args.backups, host);
  const now = backups.reduce((latest, { at }) => Math.max(latest, at), -Infinity);
  const result = backups.length === 0 ? { keep: [], remove: [] } : evaluate(backups, policy, zone, now);
  const display = displayOf(host);
  if (args.json) {
    display.json(result);
    return EXIT.ok;
  }
  const kept = new Map(result.keep.map(({ id, reasons }) => [id, reasons]));
  await display.table(
    ["ID", "TIME", "DECISION", "WHY"],
    [...backups].sort(newestFirst).map(({ id, at }): Cell[] => {
      const reasons = kept.get(id);
      return [
        id,
        iso(at),
        display.status(reasons === undefined ? "remove" : "keep"),
        reasons?.join(", ") ?? "-",
      ];
    }),
    "No backups.",
  );
  display.note(`${result.keep.length} kept, ${result.remove.length} removed`);
  return EXIT.ok;
}

function evaluate(backups: Timed[], policy: Policy, zone: string, now: number): EvalResult {
  const candidates = backups.map(({ id, at, proved }) => ({
    runId: id,
    periodTime: at,
    endTime: at,
    held: false,
    suspect: false,
    proved,
  }));
  const { keep, victims } = drain(elect(candidates, policy, zoneOf(zone), now));
  return {
    keep: keep.map(({ runId, reasons }) => ({ id: runId, ...reasonFields(reasons) })),
    remove: victims,
  };
}

/** Ties by id, greater first, so that the order never depends on that of the input. */
function newestFirst(a: Timed, b: Timed): number {
  return b.at - a.at || (a.id < b.id ? 1 : -1);
}

async function readBackups(path: string, host: Host): Promise<Timed[]> {
  const name = path === "-" ? "standard input" : path;
  const fail = (problem: string) => new Failure(EXIT.usage, `Cannot read the backups in ${name}: ${problem}`);
  let text: string;
  try {
    text = path === "-" ? await host.terminal.readStdin() : await host.files.readText(path);
  } catch (error) {
    throw fail((error as Error).message);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw fail(`it is not JSON: ${(error as Error).message}`);
  }
  const parsed = BackupList.safeParse(data);
  if (!parsed.success) throw fail(problemOf(parsed.error.issues[0]!, data));
  const seen = new Set<string>();
  return parsed.data.map(({ id, start_time, verification }, index) => {
    if (seen.has(id)) {
      throw fail(`[${index}].id: ${JSON.stringify(id)} is there twice: expected ids that differ`);
    }
    seen.add(id);
    return { id, at: Date.parse(start_time), proved: verification === "passed" };
  });
}

function problemOf(issue: z.core.$ZodIssue, data: unknown): string {
  const [index, key] = issue.path;
  if (index === undefined) return `expected an array of {"id", "start_time"}`;
  const item = (data as Record<PropertyKey, unknown>[])[index as number];
  if (key === undefined) return `[${String(index)}]: expected an object {"id", "start_time"}`;
  const value = JSON.stringify(item?.[key]) ?? "nothing";
  const expected = key === "start_time"
    ? "an ISO 8601 time with Z or an offset, such as 2026-11-23T04:00:00Z"
    : "a text that is not empty";
  return `[${String(index)}].${String(key)}: ${value} cannot be used: expected ${expected}`;
}
