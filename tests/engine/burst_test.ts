// Very many jobs that are due at once: all start, each once, other work is let in, and no provider waits for another.
// Also tests deal.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../src/domain/job.ts";
import type { Due, DueSource } from "../../src/engine/agenda.ts";
import { dealt } from "../../src/engine/deal.ts";
import type { Change } from "../../src/ports/store.ts";
import { FakeProvider } from "../support/fake_provider.ts";
import { type Rig, rig, type RigOptions } from "../support/engine_rig.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const COUNT = 150;

/** So many jobs of provider `p`, and after them three of `q`, due each day at 10:01. */
function jobs(count = COUNT): Partial<Job>[] {
  const fields = { schedule: "0 1 10 * * *" };
  const one = (name: string, providerKey: string) => ({ ...fields, name, providerKey });
  return [
    ...Array.from({ length: count }, (_, at) => one(`many${at}`, "p")),
    ...Array.from({ length: 3 }, (_, at) => one(`few${at}`, "q")),
  ];
}

const options: RigOptions = {
  maxConcurrent: 4,
  providers: (clock) => ["p", "q"].map((key) => new FakeProvider({ clock, key, latencyMs: 100 })),
};

const posts = (r: Rig, key: string) => r.providers.get(key)!.calls("create");

test("very many jobs that are due at once all start, each once, and no more at a time than a provider takes", async () => {
  await using r = await rig({ ...options, jobs: jobs() });
  await r.clock.advance(2 * MINUTE);
  assert.equal(posts(r, "p").length, COUNT);
  assert.equal(posts(r, "q").length, 3);
  assert.equal(new Set(posts(r, "p").map(({ runId }) => runId)).size, COUNT);
  assert.equal(r.providers.get("p")!.peakInFlight, 4);
  assert.equal((await r.store.runs({ limit: 1000, status: ["available"] })).items.length, COUNT + 3);
});

test("each POST of a crowd follows the durable commits of its own intent and its own mark", async () => {
  const known = new Map<string, string>();
  const wrong: string[] = [];
  await using r = await rig({
    ...options,
    jobs: jobs(),
    providers: (clock) =>
      ["p", "q"].map((key) =>
        new FakeProvider({
          clock,
          key,
          latencyMs: 100,
          onCall: ({ op, runId }) => {
            if (op === "create" && known.get(runId!) !== "sending") wrong.push(runId!);
            return Promise.resolve();
          },
        })
      ),
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        const result = await store.commit(change);
        for (const one of change.writes) {
          if (one.write === "insert") known.set(one.run.runId, "intent");
          if (one.write === "run" && one.set.status === "sending" && known.get(one.runId) === "intent") {
            known.set(one.runId, "sending");
          }
        }
        return result;
      },
    }),
  });
  await r.clock.advance(2 * MINUTE);
  assert.equal(posts(r, "p").length + posts(r, "q").length, COUNT + 3);
  assert.deepEqual(wrong, []);
});

test("the few jobs of one provider do not wait for the many of another", async () => {
  await using r = await rig({ ...options, jobs: jobs() });
  await r.clock.advance(MINUTE + 150);
  assert.equal(posts(r, "q").length, 3);
  const due = r.told("run.due").map(({ job }) => job!);
  assert.deepEqual(due.slice(0, 6), ["many0", "few0", "many1", "few1", "many2", "few2"]);
});

test("while a crowd is fired other work is let in: what came first is saved before the last is decided", async () => {
  let decided = 0;
  let decidedAtFirst = Infinity;
  await using r = await rig({
    ...options,
    jobs: jobs(),
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        const isIntent = change.writes.some(({ write }) => write === "insert");
        if (isIntent) decided++;
        const result = await store.commit(change);
        if (isIntent) decidedAtFirst = Math.min(decidedAtFirst, decided);
        return result;
      },
    }),
  });
  await r.clock.advance(MINUTE + 10);
  assert.ok(decidedAtFirst <= 100, `${decidedAtFirst}`);
});

test("killed amid a crowd, what was not marked is sent once and what was marked is not sent blindly", async () => {
  const marked = new Set<string>();
  let isDead = false;
  let isReborn = false;
  const never = () => new Promise<never>(() => {});
  await using r = await rig({
    ...options,
    jobs: jobs(),
    wrap: (store) => ({
      ...store,
      commit: async (change: Change) => {
        if (isReborn) return await store.commit(change);
        if (isDead) return await never();
        const result = await store.commit(change);
        for (const one of change.writes) {
          if (one.write === "run" && one.set.status === "sending") marked.add(one.runId);
        }
        // It dies once ten marks are durable; of the last of them nobody hears.
        isDead ||= marked.size >= 10;
        return isDead ? await never() : result;
      },
    }),
  });
  await r.clock.advance(MINUTE + 500);
  assert.ok(isDead && marked.size < COUNT);
  await r.crash();
  isReborn = true;
  await r.boot();
  await r.clock.advance(50 * SECOND);
  const sent = [...posts(r, "p"), ...posts(r, "q")];
  const runs = (await r.store.runs({ limit: 1000 })).items;
  assert.equal(runs.length, COUNT + 3);
  for (const { runId } of runs) {
    const count = sent.filter((post) => post.runId === runId).length;
    // A plain provider is left in peace for a while after a POST of unknown fate.
    assert.ok(marked.has(runId) ? count <= 1 : count === 1, `${count} POSTs`);
  }
  assert.ok(
    runs.some(({ runId }) => marked.has(runId) && !sent.some((post) => post.runId === runId)),
    "some were marked and never sent",
  );
});

function source(ofJob: string, provider?: string): DueSource {
  return {
    ofJob,
    ...(provider === undefined ? {} : { provider }),
    due: (): Iterable<Due> => [],
    isChanging: () => false,
  };
}

test("dealt() takes turns by providers in a crowd, and leaves few as they are", () => {
  const few = [source("a", "p"), source("b", "p"), source("c", "q")];
  assert.equal(dealt(few), few);
  const many = [
    source("keeping"),
    ...Array.from({ length: 100 }, (_, at) => source(`p${at}`, "p")),
    source("q0", "q"),
    source("q1", "q"),
  ];
  const order = dealt(many).map(({ ofJob }) => ofJob);
  assert.deepEqual(order.slice(0, 6), ["p0", "q0", "p1", "q1", "p2", "p3"]);
  assert.equal(order.at(-1), "keeping");
  assert.equal(new Set(order).size, many.length);
});
