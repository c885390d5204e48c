// Whatever happens to jobs, what is due of them is asked for in time: the agenda knows of every change of a due time.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Job } from "../../src/domain/job.ts";
import type { Rig } from "../support/engine_rig.ts";
import { rig, START } from "../support/engine_rig.ts";

const SCHEDULES = ["0 * * * * *", "*/20 * * * * *", "0 0 * * * *", "0 0 0 1 1 *"];

type Step =
  | { does: "wait"; seconds: number }
  | { does: "edit"; job: number; schedule: number; enabled: boolean; extra: boolean }
  | { does: "drop"; job: number }
  | { does: "trigger" | "pause" | "resume" | "fail"; job: number }
  | { does: "clock"; seconds: number }
  | { does: "suspend"; seconds: number }
  | { does: "trust" }
  | { does: "restart" };

const jobAt = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("edit" as const),
      job: jobAt,
      schedule: fc.nat(SCHEDULES.length - 1),
      enabled: fc.boolean(),
      extra: fc.boolean(),
    }),
  },
  fc.record({ does: fc.constant("drop" as const), job: jobAt }),
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom("trigger", "pause", "resume", "fail"), job: jobAt }),
  },
  fc.record({
    does: fc.constant("clock" as const),
    seconds: fc.constantFrom(-7_200, -600, -30, 600, 90_000),
  }),
  fc.record({ does: fc.constant("suspend" as const), seconds: fc.constantFrom(5, 4_000) }),
  fc.record({ does: fc.constant("trust" as const) }),
  fc.record({ does: fc.constant("restart" as const) }),
);

/** The declared jobs by number; null for one that is not in the configuration. */
function firstJobs(): (Partial<Job> | null)[] {
  return [0, 1, 2].map((at) => ({
    name: `job-${at}`,
    schedule: SCHEDULES[at]!,
    retry: { attempts: 2, afterMs: 45_000 },
  }));
}

async function play(r: Rig, jobs: (Partial<Job> | null)[], one: Step): Promise<void> {
  const declared = () => jobs.filter((job) => job !== null);
  const known = "job" in one ? r.engine.job(`job-${one.job}`) : undefined;
  switch (one.does) {
    case "wait":
      return await r.clock.advance(one.seconds * 1_000);
    case "edit":
      jobs[one.job] = {
        ...firstJobs()[one.job],
        schedule: SCHEDULES[one.schedule]!,
        enabled: one.enabled,
        retentionSchedule: one.extra ? "30 * * * * *" : null,
      };
      void r.engine.reload(r.declare(declared())).catch((error) => r.fatal ??= error);
      break;
    case "drop":
      jobs[one.job] = null;
      void r.engine.reload(r.declare(declared())).catch((error) => r.fatal ??= error);
      break;
    case "trigger":
      void known?.trigger("a test", null);
      break;
    case "pause":
      if (known !== undefined) {
        void r.engine.pause(known, null, "a test", {
          type: "job.paused",
          level: "info",
          at: START,
          job: known.job.name,
          message: "paused",
        });
      }
      break;
    case "resume":
      void known?.change({ pausedAt: null, pausedUntil: null, pauseReason: null }, {
        type: "job.resumed",
        level: "info",
        at: START,
        job: known.job.name,
        message: "resumed",
      });
      break;
    case "fail":
      r.provider.plan({ ends: "failed" });
      break;
    case "clock":
      r.clock.jump(one.seconds * 1_000);
      break;
    case "suspend":
      r.clock.suspend(one.seconds * 1_000);
      break;
    case "trust":
      void r.engine.trustClock("a test");
      break;
    case "restart":
      await r.crash();
      await r.boot(declared());
  }
  await r.clock.settle();
}

/** What is due of the jobs by their own word and was not asked for: nothing stays so for longer than two rounds. */
function overdue(r: Rig): string[] {
  const { due } = r.watch.read();
  return r.engine.jobNames().flatMap((name) => {
    const scheduler = r.engine.job(name)!;
    const tried = scheduler.tryDue();
    const [slot, again] = [scheduler.dueAt(), tried?.by === "wall" ? tried.dueAt : null];
    return [slot, again].some((at) => at !== null && at < due - 2_000)
      ? [`${name}: slot ${slot}, try ${again}, and it is ${due}`]
      : [];
  });
}

test("no history of jobs, edits, failures and clocks leaves anything due that nobody knows of", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const jobs = firstJobs();
      await using r = await rig({ jobs: jobs.filter((job) => job !== null) });
      for (const one of steps) {
        await play(r, jobs, one);
        // Also a machine that slept, or whose clock jumped, looks again within a nap.
        await r.clock.advance(33_000);
        assert.deepEqual(overdue(r), [], JSON.stringify(one));
      }
      await r.clock.advance(65_000);
      assert.deepEqual(r.told("job.error").map(({ message }) => message), []);
    }),
    { numRuns: 12 },
  );
});

test("a pass comes by the schedule that it has since an edit", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 0 1 1 *", retentionSchedule: "0 0 0 1 1 *" }] });
  await r.clock.advance(12_000);
  await r.engine.reload(r.declare([{ schedule: "0 0 0 1 1 *", retentionSchedule: "*/5 * * * * *" }]));
  await r.clock.advance(6_000);
  assert.equal(r.told("retention.pass").length, 1);
  assert.deepEqual(r.told("job.error"), []);
});

test("a try that was pending when the program ended is known to the next one", async () => {
  const jobs = [{ schedule: "0 0 * * * *", retry: { attempts: 1, afterMs: 45_000 } }];
  await using r = await rig({ jobs, start: START - 5_000 });
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(10_000);
  const at = r.engine.job("db")!.tryDue()!.dueAt;
  await r.crash();
  await r.boot(jobs);
  await r.clock.advance(at - r.clock.now() + 10_000);
  assert.deepEqual(await r.story(), ["failed(provider)", "available"]);
  assert.deepEqual(r.told("job.error"), []);
});

test("what is due by one of two clocks alone is known as such", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *" }], start: START - 5_000 });
  await r.clock.advance(60_000);
  r.clock.jump(50 * 60_000);
  await r.clock.advance(90 * 60_000);
  assert.ok((await r.runs("available")).length >= 2);
  assert.deepEqual(r.told("job.error"), []);
});
