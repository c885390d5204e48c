// Starts of several jobs at a provider that makes one backup at a time: none fails for that, each has its turn, and nobody
// is kept waiting while a place is free. Also tests turn_line.ts, occupant.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { BackupInfo, CreateCall } from "../../../src/ports/provider.ts";
import { rig, type RigOptions, START } from "../../support/engine_rig.ts";
import { FakeProvider } from "../../support/fake_provider.ts";
import { TurnLine } from "../../../src/engine/context/turn_line.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Answers 409 while it makes a backup. */
class OneAtATime extends FakeProvider {
  turnedAway = 0;
  retryAfterMs: number | undefined;

  override create(call: CreateCall): Promise<BackupInfo> {
    const isBusy = this.effects.some(({ endsAtMonotonic }) =>
      endsAtMonotonic > this.monotonic() || endsAtMonotonic === Infinity
    );
    if (!isBusy) return super.create(call);
    this.turnedAway++;
    const details = { status: 409, retryAfterMs: this.retryAfterMs };
    return Promise.reject(new ProviderError("unsent", "one is running", details));
  }

  monotonic = () => 0;
}

function options(count: number, fields: Partial<Job> = {}, durationMs = 10 * SECOND): RigOptions {
  return {
    jobs: Array.from({ length: count }, (_, n) => ({
      name: `job${n}`,
      schedule: "0 */2 * * * *",
      graceMs: 60 * MINUTE,
      retryIntervalMs: MINUTE,
      pollIntervalMs: SECOND,
      ...fields,
    })),
    providers: (clock) => {
      const provider = new OneAtATime({ clock, key: "p", durationMs });
      provider.monotonic = () => clock.monotonic();
      return [provider];
    },
  };
}

test("many jobs of one provider have their turns one right after the other, who waits longest first", async () => {
  await using r = await rig(options(8));
  await r.clock.advance(4 * MINUTE - SECOND);
  const runs = (await r.store.runs({ limit: 100 })).items;
  assert.deepEqual(runs.map(({ status }) => status), Array(8).fill("available"));
  const last = Math.max(...runs.map(({ endTime }) => endTime!));
  assert.ok(last - (START + 2 * MINUTE) < 8 * 13 * SECOND, `${last - START} ms`);
  assert.equal(r.told("run.failed").length, 0);
  assert.deepEqual([...new Set(r.told("run.retry").map(({ level }) => level))].sort(), ["debug", "info"]);
});

test("a slot that comes due while a start is in line is skipped, and the start keeps its place and does not fail", async () => {
  await using r = await rig(options(2, {}, 5 * MINUTE));
  await r.clock.advance(2 * MINUTE + 5 * MINUTE + 30 * SECOND);
  const stories = await Promise.all(["job0", "job1"].map((job) => r.story(job)));
  stories.sort((one, other) => one.join().localeCompare(other.join()));
  assert.deepEqual(stories, [
    ["available", "skipped(still_running)", "skipped(still_running)"],
    ["running", "skipped(still_running)", "skipped(still_running)"],
  ]);
  assert.deepEqual(r.provider.effects.map(({ slot }) => slot), [START + 2 * MINUTE, START + 2 * MINUTE]);
});

test("a start whose turn does not come within grace time fails, with the words of its provider", async () => {
  await using r = await rig(options(2, { graceMs: 3 * MINUTE, schedule: "0 2 10 * * *" }, 60 * MINUTE));
  await r.clock.advance(6 * MINUTE);
  const runs = (await r.store.runs({ limit: 10 })).items;
  const failed = runs.find(({ status }) => status === "failed");
  assert.deepEqual([failed?.reason, failed?.message], ["unreachable", "one is running"]);
});

test("a provider that says when to come again is not asked before, though a place is free", async () => {
  await using r = await rig(options(2));
  (r.provider as OneAtATime).retryAfterMs = 90 * SECOND;
  await r.clock.advance(2 * MINUTE + 80 * SECOND);
  assert.equal(r.provider.effects.length, 1);
  await r.clock.advance(20 * SECOND);
  assert.equal(r.provider.effects.length, 2);
});

test("next() calls who has waited longest, whoever came first, and nobody who has left", () => {
  const line = new TurnLine();
  const called: string[] = [];
  line.stand(3, () => called.push("third"));
  line.stand(1, () => called.push("first"));
  const leave = line.stand(2, () => called.push("second"));
  leave();
  line.next();
  line.next();
  line.next();
  assert.deepEqual(called, ["first", "third"]);
});
