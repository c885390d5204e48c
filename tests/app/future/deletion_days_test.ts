// What all jobs of a real engine will delete, by day: foreseen once somebody asks, and anew after what changes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DeletionDays } from "../../../src/app/future/deletion_days.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { job, policy, type Rig, rig } from "../../support/engine_rig.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const daily = { schedule: "0 0 0 * * *", retention: policy("daily=3"), guard: job().guard };

function plannedOf({ engine, store, clock, watch }: Rig): DeletionDays {
  return new DeletionDays({ engine, store, clock, watch, schedules: createScheduleCache() });
}

async function viewOf(r: Rig, planned: DeletionDays) {
  const asked = planned.view();
  await r.clock.advance(1_000);
  return await asked;
}

test("each backup of now is told on the day on which it goes, with sizes as far as they are known", async () => {
  await using r = await rig({ jobs: [daily] });
  await r.clock.advance(72 * HOUR + MINUTE);
  await using planned = plannedOf(r);
  const { days, pending, unseen } = await viewOf(r, planned);
  assert.deepEqual([pending, unseen], [0, []]);
  const available = await r.runs("available");
  assert.equal(days.reduce((sum, { backups }) => sum + backups, 0), available.length);
  assert.deepEqual(days.map(({ backups, job }) => [backups, job]), available.map(() => [1, "db"]));
  const sizes = available.reduce((sum, { sizeMb }) => sum + (sizeMb ?? 0), 0);
  assert.equal(days.reduce((sum, { size_mb }) => sum + size_mb, 0), sizes);
  assert.ok(days.every(({ day }, at) => at === 0 || days[at - 1]!.day < day));
});

test("a hold is followed within minutes, an edit at once, and a job that is gone is not told of", async () => {
  await using r = await rig({ jobs: [daily] });
  await r.clock.advance(72 * HOUR + MINUTE);
  await using planned = plannedOf(r);
  const count = async () => (await viewOf(r, planned)).days.reduce((sum, { backups }) => sum + backups, 0);
  const before = await count();
  const [oldest] = await r.runs("available");
  await r.engine.safekeeping.hold(oldest!, { reason: "mine", owner: "ann", until: null } as any, "ann");
  planned.emit(r.events.findLast(({ type }) => type === "run.held")!);
  await r.clock.advance(2 * MINUTE);
  assert.equal(await count(), before - 1);
  await r.engine.reload(r.declare([{ ...daily, retention: policy("daily=100") }]));
  assert.equal(await count(), 0);
  await r.engine.reload([]);
  assert.deepEqual((await viewOf(r, planned)).days, []);
});

test("of a job that is due each few seconds as much is told as can be foreseen, and until when", async () => {
  const often = { schedule: "*/30 * * * * *", retention: policy("secondly=4"), guard: job().guard };
  await using r = await rig({ jobs: [often] });
  await r.clock.advance(10 * MINUTE);
  await using planned = plannedOf(r);
  const { days, unseen, partly } = await viewOf(r, planned);
  assert.deepEqual([unseen, partly], [[], []], "all of now is gone within minutes");
  assert.equal(days.reduce((sum, { backups }) => sum + backups, 0), (await r.runs("available")).length);
});

test("where a hold ends weeks later a job due that often is foreseen for days, and it is told how far", async () => {
  const often = { schedule: "*/5 * * * * *", retention: policy("secondly=4"), guard: job().guard };
  await using r = await rig({ jobs: [often] });
  await r.clock.advance(MINUTE);
  const until = r.clock.now() + 20 * 24 * HOUR;
  await r.engine.safekeeping.hold(
    (await r.runs("available"))[0]!,
    { reason: "mine", owner: "ann", until } as any,
    "ann",
  );
  await using planned = plannedOf(r);
  let seen = await viewOf(r, planned);
  while (seen.pending > 0) seen = await viewOf(r, planned);
  assert.deepEqual([seen.unseen, seen.partly.map(({ job }) => job)], [[], ["db"]]);
  const ahead = (Date.parse(seen.partly[0]!.until) - r.clock.now()) / (24 * HOUR);
  assert.ok(ahead > 8 && ahead < 20, `${ahead} days`);
  assert.ok(seen.days.length > 0);
});
