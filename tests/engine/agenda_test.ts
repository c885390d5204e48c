// The due times of everything, against a plain walk over all of it. Also tests due_heap.ts and slow_walk.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Agenda, type Due, type DueSource } from "../../src/engine/agenda.ts";
import { SlowWalk } from "../../src/engine/slow_walk.ts";
import type { EngineEvent } from "../../src/ports/events.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Source extends DueSource {
  wall: number | null;
  monotonic: number | null;
}

function source(ofJob: string | null, wall: number | null, monotonic: number | null = null): Source {
  return {
    ofJob,
    wall,
    monotonic,
    isChanging: () => false,
    due(): Due[] {
      const fire = () => Promise.resolve();
      return [{ dueAt: this.wall, by: "wall", fire }, { dueAt: this.monotonic, by: "monotonic", fire }];
    },
  };
}

test("the agenda says what a walk over all sources says, whatever came, went and changed", () => {
  const instant = fc.option(fc.integer({ min: 0, max: 50 }), { nil: null });
  const step = fc.record({ at: fc.nat(30), wall: instant, monotonic: instant, does: fc.nat(3) });
  fc.assert(fc.property(fc.array(step, { minLength: 60, maxLength: 200 }), (steps) => {
    const agenda = new Agenda();
    const there: (Source | undefined)[] = [];
    const order: Source[] = [];
    for (const { at, wall, monotonic, does } of steps) {
      const known = there[at];
      if (known === undefined) {
        const made = there[at] = source(`${at}`, wall, monotonic);
        agenda.add(made);
        order.push(made);
      } else if (does === 0) {
        agenda.remove(known);
        // What is told of it afterwards changes nothing.
        agenda.changed(known);
        there[at] = undefined;
        order.splice(order.indexOf(known), 1);
      } else {
        Object.assign(known, { wall, monotonic });
        agenda.changed(known);
      }
      for (const now of [5, 12, 20, 30, 45]) {
        const clocks = { now, monotonic: 50 - now };
        const left = (one: Source) =>
          Math.min((one.wall ?? Infinity) - clocks.now, (one.monotonic ?? Infinity) - clocks.monotonic);
        assert.deepEqual(agenda.due(clocks), order.filter((one) => left(one) <= 0));
        assert.equal(agenda.wait(clocks), Math.min(Infinity, ...order.map(left)));
        assert.deepEqual(agenda.audit(1, clocks), []);
      }
    }
  }));
});

test("those that are due together come in the order in which they were added, the last one last", () => {
  const agenda = new Agenda();
  const [house, one, two] = [source(null, 5), source("one", 7), source("two", 3)];
  agenda.add(house, true);
  agenda.add(one);
  agenda.add(two);
  assert.deepEqual(agenda.due({ now: 10, monotonic: 0 }), [one, two, house]);
});

test("a source whose change was never told is found by the slow walk, told of as a bug, and due again", () => {
  const agenda = new Agenda();
  const sources = Array.from({ length: 2_000 }, (_, at) => source(`job-${at}`, 1_000_000_000));
  for (const one of sources) agenda.add(one);
  const events: EngineEvent[] = [];
  const sink = { emit: (event: EngineEvent) => void events.push(event) };
  const walk = new SlowWalk({ sink, clock: new FakeClock(0) }, agenda);
  const silent = sources[1_234]!;
  silent.wall = 60_000;
  const asked = new Set<DueSource>();
  for (let monotonic = 0; monotonic < 660_000; monotonic += 10_000) {
    walk.step({ now: 600_000, monotonic }, (one) => asked.add(one));
  }
  assert.equal(asked.size, 2_000, "all are asked within eleven minutes");
  assert.equal(events.length, 1);
  const [{ type, level, job, message }] = events as [EngineEvent];
  assert.deepEqual([type, level, job], ["job.error", "error", "job-1234"]);
  assert.match(message, /has been due for 540 s, which was not known.*bug/);
  assert.deepEqual(agenda.due({ now: 600_000, monotonic: 0 }), [silent]);
});

test("a source in the midst of a change is no bug: it tells of itself when it is done", () => {
  const agenda = new Agenda();
  const one = source("one", 1_000);
  agenda.add(one);
  one.wall = 0;
  one.isChanging = () => true;
  assert.deepEqual(agenda.audit(1, { now: 10, monotonic: 0 }), []);
});
