// What every state store does, wherever it keeps its rows. Run by the tests of each kind of place.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "../../src/ports/events.ts";
import { at } from "../support/node_files.ts";
import {
  addJobs,
  backup,
  change,
  event,
  everything,
  insert,
  type Place,
  type Scenario,
} from "../store/fixture.ts";
import { testCoverageReads } from "./run_store_coverage.ts";
import { testCommits } from "./run_store_commits.ts";
import { testDays } from "./run_store_days.ts";
import { testElectionReads } from "./run_store_election.ts";
import { testReads } from "./run_store_reads.ts";
import { testRetentionReads } from "./run_store_retention.ts";
import { testLeftovers } from "./run_store_leftovers.ts";
import { testSafekeeping } from "./run_store_safekeeping.ts";
import { testSuspects } from "./run_store_suspects.ts";
import { testCommitsTogether } from "./run_store_together.ts";

/** Runs the suite; `place` makes a fresh, empty place for each test. */
export function testRunStore(kind: string, place: () => Place | Promise<Place>): void {
  const scenario: Scenario = (name, play) =>
    test(`${kind}: ${name}`, () =>
      at(place(), async (here) => {
        const store = await here.open();
        await addJobs(store, "db", "files");
        await play(store);
      }));
  testCommits(scenario);
  testCommitsTogether(scenario);
  testReads(scenario);
  testRetentionReads(scenario);
  testElectionReads(scenario);
  testSafekeeping(scenario);
  testLeftovers(scenario);
  testCoverageReads(scenario);
  testSuspects(scenario);
  testDays(scenario);

  test(`${kind}: commit() publishes the events of what was committed, and keeps them`, () =>
    at(place(), async (here) => {
      const published: EngineEvent[] = [];
      const store = await here.open(published);
      await addJobs(store, "db");
      const told = event({ job: "db", runId: "r1", data: { n: 1, list: ["a"], nothing: null } });
      await store.commit({
        job: "db",
        writes: [],
        events: [told, event({ type: "run.sending", level: "debug" })],
      });
      await store.commit({
        job: "db",
        conditions: [{ condition: "cursor", job: "db", is: 1 }],
        writes: [],
        events: [event()],
      });
      const committed = published.filter((item) => item.type.startsWith("run."));
      assert.deepEqual(committed.map((item) => item.type), ["run.due", "run.sending"]);
      assert.equal(published.some((item) => item.type === "store.error"), false, "a conflict is no error");
      const kept = await store.events({ limit: 10, ascending: true });
      assert.deepEqual(kept.map(({ seq: _, ...item }) => item), committed);
      assert.deepEqual(await store.events({ runId: "r1", limit: 10 }), [{ ...told, seq: kept[0]!.seq }]);
      assert.deepEqual((await store.events({ limit: 1 }))[0]?.type, "run.sending");
      assert.deepEqual((await store.events({ type: ["run.sending"], limit: 9 })).length, 1);
      assert.deepEqual((await store.events({ after: kept[0]!.seq, limit: 9 })).length, 1);
    }));

  test(`${kind}: openStore() takes a higher fence each time and finds all that was committed`, () =>
    at(place(), async (here) => {
      const first = await here.open();
      await addJobs(first, "db");
      const run = backup();
      await insert(first, run);
      assert.equal(first.created, true);
      const before = await everything(first);
      await first[Symbol.asyncDispose]();
      await assert.rejects(() => first.commit(change()), { kind: "failed", message: /is closed/ });
      const second = await here.open();
      assert.equal(second.created, false);
      assert.equal(second.restored, null);
      assert.equal(second.storeId, first.storeId);
      assert.equal(second.bootSeq, first.bootSeq + 1);
      assert.ok(second.fence > first.fence);
      assert.deepEqual(await everything(second), before);
    }));
}
