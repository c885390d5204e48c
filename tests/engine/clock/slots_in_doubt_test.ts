// Whatever the clocks show on the way: while it is in doubt which is right, backups go on and none is deleted; once that
// is known, each slot that has come is decided once, and none that has not. The real engine and store, judged by nothing
// but the clocks, the rows and what was asked of the provider.
// Also tests job_clock.ts and dating.ts.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import fc from "fast-check";
import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";

const CASES = 20;
const SEED = Number(process.env.SCHELLY_FUZZ_SEED ?? 1);

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Between two slots. */
const STEP = 10 * MINUTE;
/** So far the wall clock may be off the steady one and pass for right. */
const TOLERANCE = 2 * MINUTE;
/** The longest nap, and the second that an uptime is told in. */
const LOOKS = 31 * SECOND;
/** How long some backups take. */
const SLOW = 4 * MINUTE;

/** Two patterns of the same slots: which of them is in force makes no difference to what is expected. */
const PATTERNS = ["0 */10 * * * *", "0 0,10,20,30,40,50 * * * *"];

type Timed = "go" | "slew" | "step" | "amid" | "suspend";
type Plain = "right" | "crash" | "trust" | "edit" | "pause" | "resume" | "add" | "slow" | "fail";
/** `amid`: the wall clock jumps between the last look at it and the next commit. */
type Move = [Timed, ms: number] | [Plain];

const some = (move: Timed, min: number, max: number) =>
  fc.integer({ min: min / SECOND, max: max / SECOND }).map((seconds): Move => [move, seconds * SECOND]);
const one = (move: Plain) => fc.constant<Move>([move]);
const MOVE: fc.Arbitrary<Move> = fc.oneof(
  { weight: 8, arbitrary: some("go", SECOND, 45 * MINUTE) },
  { weight: 2, arbitrary: some("step", -400 * DAY, 400 * DAY) },
  { weight: 3, arbitrary: some("step", -2 * HOUR, 2 * HOUR) },
  { weight: 1, arbitrary: some("slew", -90 * SECOND, 90 * SECOND) },
  { weight: 1, arbitrary: some("suspend", MINUTE, 5 * HOUR) },
  { weight: 3, arbitrary: one("right") },
  { weight: 2, arbitrary: one("crash") },
  { weight: 1, arbitrary: some("amid", -400 * DAY, 400 * DAY) },
  { weight: 1, arbitrary: some("amid", -2 * HOUR, 2 * HOUR) },
  { weight: 1, arbitrary: one("slow") },
  { weight: 1, arbitrary: one("fail") },
  { weight: 1, arbitrary: one("trust") },
  { weight: 1, arbitrary: one("edit") },
  { weight: 1, arbitrary: one("pause") },
  { weight: 1, arbitrary: one("resume") },
  { weight: 1, arbitrary: one("add") },
);

/** What one job is expected to do next, by the monotonic clock. */
interface Expected {
  /** When it was added, by the uptime. */
  addedAt: number;
  isPaused: boolean;
  /** When its last run was begun, or it could begin to run. */
  ranAt: number;
  /** How much the wall clock was moved since without a doubt about it, at most. */
  movedMs: number;
  /** When this process began a run that was no further try. */
  begunAt: number;
  /** The last run fails, and is tried again. */
  isTried: boolean;
}

class Play {
  readonly jobs = new Map<string, Expected>();
  /** The newest time that was trusted, and all that lies between times that were and earlier ones that were later. */
  #trusted: { wall: number; uptime: number };
  #highest: number;
  #livedTwice = { from: Infinity, until: -Infinity };
  /** A time was trusted that is so much earlier than the one before that jobs are taken up anew. */
  #isBack = false;
  /** How much the wall clock was moved in all without a doubt about it, at most. */
  #movedMs = 0;
  #pattern = 0;
  /** By how much the wall clock jumps just before the next commit. */
  #amid = 0;
  /** How the next backups go, as the provider has it. */
  #plans: ("slow" | "fail")[] = [];
  /** What was seen amid a call of the engine, which would take an error for the provider's. */
  #wrong: string[] = [];

  private constructor(readonly r: Rig) {
    this.#trusted = { wall: r.clock.now(), uptime: r.clock.uptime() };
    this.#highest = this.#trusted.wall;
    this.#expect("db");
  }

  static async begin(): Promise<Play> {
    const seen: { by?: Play } = {};
    const r = await rig({
      jobs: [declared("db", 0)],
      providers: (clock) => [
        new FakeProvider({ clock, key: "p", onCall: (call) => seen.by?.called(call) }),
      ],
      wrap: (store) => ({
        ...store,
        commit: (change) => {
          seen.by?.committing();
          return store.commit(change);
        },
      }),
    });
    return seen.by = new Play(r);
  }

  #expect(job: string): void {
    const { clock } = this.r;
    const at = clock.monotonic();
    this.jobs.set(job, {
      addedAt: clock.uptime(),
      isPaused: false,
      ranAt: at,
      movedMs: 0,
      begunAt: -Infinity,
      isTried: false,
    });
  }

  called({ op, job, slot }: { op: string; job?: string; slot?: number | null }): void {
    const { clock, watch } = this.r;
    if (op === "delete" && watch.read().inDoubtUntil !== null) this.#wrong.push("a deletion in doubt");
    const expected = op === "create" ? this.jobs.get(job!) : undefined;
    if (expected === undefined) return;
    const at = clock.monotonic();
    if (!expected.isTried) {
      const ago = at - expected.begunAt;
      if (slot === null && ago < STEP - SECOND) {
        this.#wrong.push(`${job} runs without a slot after ${ago} ms`);
      }
      expected.begunAt = at;
    }
    const plan = this.#plans.shift();
    expected.isTried = plan === "fail" && !expected.isTried;
    // No slot runs before it has ended.
    expected.ranAt = at + (plan === "slow" ? SLOW : 0);
    expected.movedMs = 0;
  }

  committing(): void {
    if (this.#amid !== 0) this.#step(this.#amid);
    this.#amid = 0;
  }

  /** Sees what time is trusted, and whether each job had its run. */
  #look(): void {
    const { clock, watch } = this.r;
    assert.deepEqual(this.#wrong, []);
    // Before what was written in a doubt is dated, the time is the right one already.
    const isRight = watch.read().memory.doubt === null;
    const wall = clock.now();
    const uptime = clock.uptime();
    if (isRight) {
      const went = uptime - this.#trusted.uptime;
      if (wall < this.#trusted.wall + went - SECOND) {
        this.#livedTwice.from = Math.min(this.#livedTwice.from, wall - went);
        this.#livedTwice.until = Math.max(this.#livedTwice.until, this.#highest);
        this.#isBack ||= wall < this.#trusted.wall + went - TOLERANCE - SECOND;
      }
      this.#trusted = { wall, uptime };
      this.#highest = Math.max(this.#highest, wall);
    }
    // Slots of a time that comes again have run; nothing is due while the clock is right.
    if (this.#isBack) return;
    for (const [job, { isPaused, ranAt, movedMs }] of this.jobs) {
      const ago = clock.monotonic() - ranAt;
      assert.ok(
        isPaused || ago <= STEP + TOLERANCE + LOOKS + movedMs,
        `${job} has a run an interval: ${ago}`,
      );
    }
  }

  async make([move, ms = 0]: Move): Promise<void> {
    const { r } = this;
    this.#look();
    switch (move) {
      case "go":
        for (let left = ms; left > 0; left -= MINUTE) {
          await r.clock.advance(Math.min(left, MINUTE));
          this.#look();
        }
        break;
      case "slew":
      case "step":
        this.#step(ms);
        break;
      case "amid":
        this.#amid = ms;
        break;
      case "right":
        this.#right();
        break;
      case "slow":
        this.#plans.push(move);
        r.provider.plan({ durationMs: SLOW });
        break;
      case "fail":
        this.#plans.push(move);
        r.provider.plan({ ends: "failed" });
        break;
      case "suspend":
        r.clock.suspend(ms);
        break;
      case "trust":
        await r.engine.trustClock("ops");
        break;
      case "crash":
        for (const expected of this.jobs.values()) expected.begunAt = -Infinity;
        await r.crash();
        await r.boot(this.#declared());
        break;
      case "edit":
        this.#pattern = 1 - this.#pattern;
        await this.#reload();
        break;
      case "add":
        if (!this.jobs.has("late")) this.#expect("late");
        await this.#reload();
        break;
      case "pause":
        for (const job of this.jobs.keys()) await this.#pause(job, r.clock.now());
        break;
      case "resume":
        for (const job of this.jobs.keys()) await this.#pause(job, null);
    }
    await r.clock.settle();
    this.#look();
  }

  #step(ms: number): void {
    this.r.clock.jump(ms);
    const moved = Math.min(Math.abs(ms), TOLERANCE);
    this.#movedMs += moved;
    for (const expected of this.jobs.values()) expected.movedMs += moved;
  }

  #right(): void {
    const { now, steady } = this.r.watch.read();
    this.#step(steady - now);
  }

  #declared(): Partial<Job>[] {
    return [...this.jobs.keys()].map((name) => declared(name, this.#pattern));
  }

  #reload(): Promise<unknown> {
    return this.r.engine.reload(this.r.declare(this.#declared()));
  }

  async #pause(job: string, pausedAt: number | null): Promise<void> {
    const expected = this.jobs.get(job)!;
    if (expected.isPaused === (pausedAt !== null)) return;
    const scheduler = this.r.engine.job(job)!;
    const type = pausedAt === null ? "job.resumed" : "job.paused";
    const event = { type, level: "info", at: this.r.clock.now(), message: type } as const;
    if (pausedAt === null) {
      await scheduler.decide();
      await scheduler.change({ pausedAt: null, pausedUntil: null, pauseReason: null }, event);
    } else {
      await this.r.engine.pause(scheduler, null, null, event);
    }
    expected.isPaused = pausedAt !== null;
    expected.ranAt = this.r.clock.monotonic();
    expected.movedMs = 0;
  }

  /** The clock is right, an interval passes, and all is as it should be. */
  async end(): Promise<void> {
    this.#look();
    this.#amid = 0;
    this.#right();
    await this.make(["go", STEP + 2 * MINUTE]);
    assert.equal(this.r.watch.read().inDoubtUntil, null);
    for (const [job, expected] of this.jobs) await this.#judge(job, expected);
  }

  async #judge(job: string, { addedAt }: Expected): Promise<void> {
    const { r } = this;
    const now = r.clock.now();
    const rows = await r.runs(undefined, job);
    const { knownSince, cursor } = (await r.store.job(job))!;
    if (!this.#isBack) {
      const since = now - (r.clock.uptime() - addedAt);
      assert.ok(knownSince <= since + this.#movedMs + SECOND, `${job} is known since ${iso(knownSince)}`);
    }
    this.#judgeSlots(job, rows, knownSince, now);
    assert.ok(cursor <= now, `the cursor of ${job} is ${iso(cursor)}`);
    const next = r.engine.job(job)!.nextSlot()!;
    assert.ok(next > now && next <= now + STEP, `the next slot of ${job} is ${iso(next)}`);
    for (const run of rows) {
      assert.equal(run.clockOff, null, `${run.runId} has its time`);
      for (const time of [run.createdAt, run.startTime, run.endTime, run.lastAttemptAt, run.periodTime]) {
        assert.ok((time ?? 0) <= this.#latest(now), `${run.runId} bears ${iso(time ?? 0)}`);
      }
    }
  }

  /** What has come, or had by a clock that was trusted. */
  #latest(now: number): number {
    return Math.max(now, this.#highest);
  }

  #judgeSlots(job: string, rows: readonly Run[], knownSince: number, now: number): void {
    const decisions = rows.filter(({ slot, attempt }) => slot !== null && attempt === 1)
      // What was cut off a range ends, or begins, with a second that no slot has.
      .map(({ slot, slotUntil, status }) => ({
        from: Math.ceil(slot! / STEP) * STEP,
        until: Math.floor((slotUntil ?? slot!) / STEP) * STEP,
        status,
      }))
      .sort((a, b) => a.from - b.from);
    const isTwice = (slot: number) => slot >= this.#livedTwice.from && slot <= this.#livedTwice.until;
    const first = (Math.floor(knownSince / STEP) + 1) * STEP;
    let due = first;
    for (const { from, until, status } of decisions) {
      const isSkipped = status === "skipped" || status === "expired";
      assert.ok(until <= (isSkipped ? now : this.#latest(now)), `${job} decided ${iso(until)}`);
      assert.ok(isSkipped || from >= first, `${job} ran for ${iso(from)}, before it was known`);
      if (until < first || until < from) continue;
      if (from > now) break;
      assert.ok(from <= due, `${job} has no decision for ${iso(due)}`);
      const again = Math.max(from, first);
      const isOnce = again === due || (isTwice(again) && isTwice(Math.min(until, due - STEP)));
      assert.ok(isOnce, `${job} has two decisions for ${iso(again)}`);
      due = Math.max(due, until + STEP);
    }
    assert.ok(due > now, `${job} has no decision for ${iso(due)}`);
    const ran = decisions.filter(({ status }) => status !== "skipped" && status !== "expired");
    assert.equal(new Set(ran.map(({ from }) => from)).size, ran.length, `${job} has one run a slot`);
  }
}

const declared = (name: string, pattern: number): Partial<Job> => ({
  name,
  schedule: PATTERNS[pattern]!,
  retry: { attempts: 1, afterMs: 2 * MINUTE },
  retention: policy("hourly=2"),
  guard: { maxPercent: 100, policyChangeHoldMs: 0 },
});
const iso = (ms: number) => new Date(ms).toISOString();

async function play(moves: readonly Move[]): Promise<void> {
  const game = await Play.begin();
  await using _ = game.r;
  for (const move of moves) await game.make(move);
  await game.end();
}

test("wherever the clocks go, backups go on, and by the right one each slot is decided once and none ahead of it", async () => {
  const plays = fc.array(MOVE, { minLength: 3, maxLength: 14, size: "max" });
  // A case that fails is made simpler for as long.
  const limits = { numRuns: CASES, interruptAfterTimeLimit: 30 * SECOND };
  await fc.assert(fc.asyncProperty(plays, play), { ...limits, seed: SEED });
});
