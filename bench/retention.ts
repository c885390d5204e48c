// How fast an election is: against the naive implementation, over a million backups, between two yields, and after
// one new backup where it is kept up to date.
// Run: deno run -P=default bench/retention.ts [rounds, default 5]

import { CandidateColumns, columnsOf } from "../src/domain/retention/followed/candidate_columns.ts";
import { type Candidate, elect } from "../src/domain/retention/election.ts";
import { drain } from "../src/domain/slices.ts";
import { incrementalElection } from "../src/domain/retention/followed/incremental_election.ts";
import { DEFAULT_POLICY, EMPTY_LEVELS, type Policy } from "../src/domain/policy.ts";
import { zoneOf } from "../src/domain/calendar/zone.ts";
import { naiveElection } from "../tests/support/naive_retention.ts";
import { found } from "./promises.ts";

const ROUNDS = Number(Deno.args[0] ?? 5);
/** The target of the design: a full decision over a million (ms), and the longest gap (ms). */
const [MOST_MS, MOST_GAP_MS] = [250, 50];
const MILLION = 1_000_000;
const NOW = Date.UTC(2026, 6, 1);

function backupAt(at: number, count: number, stepMs: number): Candidate {
  const periodTime = NOW - (count - 1 - at) * stepMs;
  const time = periodTime.toString(16).padStart(12, "0");
  const runId = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
  return { runId, periodTime, endTime: periodTime, held: false, suspect: false };
}

function history(count: number, stepMs: number): Candidate[] {
  return Array.from({ length: count }, (_, at) => backupAt(at, count, stepMs));
}

/** Milliseconds of one whole election, and of its longest stretch between two yields. */
function measure(candidates: Candidate[], zone: string): { total: number; gap: number } {
  return watch(elect(candidates, DEFAULT_POLICY, zoneOf(zone), NOW));
}

/** The same for one that is kept up to date from then on, over columns as the store reads them for large jobs. */
function measureColumns(
  count: number,
  stepMs: number,
  zone: string,
  policy = DEFAULT_POLICY,
): { total: number; gap: number } {
  const columns = new CandidateColumns(count);
  for (let at = 0; at < count; at++) columns.push(backupAt(at, count, stepMs));
  return watch((function* () {
    const election = yield* incrementalElection(columns, policy, zoneOf(zone), NOW);
    yield* election.fingerprints();
  })());
}

function watch(work: Generator<unknown, unknown>): { total: number; gap: number } {
  const start = performance.now();
  let last = start;
  let gap = 0;
  for (let done = false; !done;) {
    done = work.next().done === true;
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  }
  return { total: last - start, gap };
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function report(name: string, text: string): void {
  // deno-lint-ignore no-console
  console.log(`${name.padEnd(44)} ${text}`);
}

function reportRounds(name: string, once: () => { total: number; gap: number }) {
  const rounds = Array.from({ length: ROUNDS }, once);
  const total = median(rounds.map((round) => round.total));
  const gap = median(rounds.map((round) => round.gap));
  const worst = Math.max(...rounds.map((round) => round.gap));
  report(
    name,
    `${total.toFixed(0)} ms; longest gap ${gap.toFixed(0)} ms in the median round, ${
      worst.toFixed(0)
    } ms in the worst`,
  );
  return { total, gap: worst };
}

const small = history(2000, 3_600_000);
measure(small, "Europe/Berlin");
const fast = median(Array.from({ length: ROUNDS }, () => measure(small, "Europe/Berlin").total));
const naiveStart = performance.now();
naiveElection(small, DEFAULT_POLICY, "Europe/Berlin", NOW);
const naive = performance.now() - naiveStart;
report("naive / elect(), 2,000 backups", `${(naive / fast).toFixed(0)} times (${fast.toFixed(2)} ms)`);

const cases: [name: string, zone: string, stepMs: number][] = [
  ["1,000,000 hourly backups, Europe/Berlin", "Europe/Berlin", 3_600_000],
  ["1,000,000 minutely backups, America/New_York", "America/New_York", 60_000],
  ["1,000,000 secondly backups, UTC", "UTC", 1000],
];
const full = { total: 0, gap: 0 };
for (const [name, zone, stepMs] of cases) {
  const { total, gap } = reportRounds(name, () => measureColumns(MILLION, stepMs, zone));
  full.total = Math.max(full.total, total);
  full.gap = Math.max(full.gap, gap);
  // The gaps of this one are mostly garbage collection among a million objects.
  const candidates = history(MILLION, stepMs);
  reportRounds("  the same over objects", () => measure(candidates, zone));
}

// A window adds next to nothing: of what it keeps no more is asked than whether it is in it.
for (const days of [30, 50_000]) {
  const within = { ...DEFAULT_POLICY, keepWithinMs: days * 86_400_000 };
  const [plain, wide] = [DEFAULT_POLICY, within].map((policy) =>
    median(Array.from({ length: ROUNDS }, () => measureColumns(MILLION, 3_600_000, "UTC", policy).total))
  );
  report(
    `  with keep_within: ${days}d`,
    `${(wide! / plain!).toFixed(2)} times without (${wide!.toFixed(0)} ms)`,
  );
}

found({
  what: "full decision over 1,000,000 backups",
  promised: `at most ${MOST_MS} ms, no gap over ${MOST_GAP_MS} ms`,
  measured: `${full.total.toFixed(0)} ms in the worst zone, gap ${full.gap.toFixed(0)} ms; ` +
    `${(naive / fast).toFixed(0)} times the naive one`,
  isMet: full.total <= MOST_MS && full.gap <= MOST_GAP_MS,
});

/** A policy that keeps so many, so that each new backup makes one victim. */
function keeping(count: number): Policy {
  return { ...DEFAULT_POLICY, levels: { ...DEFAULT_POLICY.levels, hourly: { count, reference: 30 } } };
}

/** The same by a window alone. */
function window(count: number): Policy {
  return { ...DEFAULT_POLICY, levels: { ...EMPTY_LEVELS }, keepWithinMs: count * 3_600_000 };
}

const NEW_BACKUPS = 2000;
/** Adds backups one by one to an election that is kept up to date. */
function reportSteps(name: string, count: number, policy: Policy): void {
  const zone = zoneOf("Europe/Berlin");
  const candidates = history(count + NEW_BACKUPS, 3_600_000);
  const known = candidates.splice(0, count);
  const election = drain(
    incrementalElection(drain(columnsOf(known)), policy, zone, known.at(-1)!.periodTime),
  );
  const taken = candidates.map((candidate) => {
    const start = performance.now();
    if (!election.advance(candidate.periodTime) || !election.add(candidate)) {
      throw new Error("it cannot follow");
    }
    for (const { runId, periodTime } of election.victims()) election.remove(runId, periodTime);
    election.takeChanged();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  const step = median(taken);
  const p99 = taken[Math.floor(NEW_BACKUPS * 0.99)]!;
  report(
    `${name} of ${count}`,
    `${step.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms; naive over 2,000: ${(naive / step).toFixed(0)} times`,
  );
}

for (let count = 1000; count <= MILLION; count *= 10) {
  reportSteps("one more, kept up to date,", count, keeping(count));
  reportSteps("  the same by keep_within", count, window(count));
}
