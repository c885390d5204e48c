// However a batch ends, the chain goes on from what is stored: nothing forks it, and nothing leaves a hole in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "../../../src/domain/errors.ts";
import { HEAD_CELLS, headFrom } from "../../../src/store/audit/head_keeper.ts";
import { auditTrail } from "../../../src/store/audit/verify.ts";
import type { Database, Statement } from "../../../src/store/database/database.ts";
import { openDatabase } from "../../../src/store/database/open_database.ts";
import { migrate } from "../../../src/store/schema/migrations.ts";
import { partsOf } from "../../../src/store/write/change_parts.ts";
import { createGroupCommit } from "../../../src/store/write/group_commit.ts";
import { readPastBoots, takeLease } from "../../../src/store/write/lease.ts";
import { createLeaseWriter } from "../../../src/store/write/lease_writer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { HandWatch, readingAt } from "../../support/hand_watch.ts";
import { at, nodeFiles, tempFolder } from "../../support/node_files.ts";
import { event, NOW } from "../fixture.ts";
import { audited } from "./rig.ts";

type Fate = "kept" | "lost" | "answer lost" | "late";

/** A state behind a connection that may lose what it carries. */
async function shakyState(path: string) {
  const clock = new FakeClock(NOW);
  const ports = { files: nodeFiles, clock, http: () => Promise.reject(new Error("no network")) };
  const real = await openDatabase({ kind: "file", path }, ports, {
    token: null,
    waitMs: 1,
    requestTimeoutMs: 1,
  });
  await migrate(real, 0);
  let fate: Fate = "kept";
  /** Sent, and not carried out before the next look at the head. */
  let late: Statement[] | undefined;
  const unknown = () => new StoreError("unknown", "the answer was lost");
  const database: Database = {
    ...real,
    async write(statements) {
      const made = typeof statements === "function" ? statements() : statements;
      const own = fate;
      fate = "kept";
      if (own === "lost") throw unknown();
      if (own === "late") {
        late = made;
        throw unknown();
      }
      if (late !== undefined) {
        await real.write(late);
        late = undefined;
      }
      const results = await real.write(made);
      if (own === "answer lost") throw unknown();
      return results;
    },
  };
  const { lease } = await takeLease(real, await readPastBoots(real), {
    holder: "h",
    newStoreId: "s",
    now: NOW,
    bootsKnown: 0,
    changesKnown: 0,
    restored: null,
  });
  const watch = new HandWatch(readingAt(NOW));
  const writer = createLeaseWriter({ database, lease, clock, watch, report: () => {}, note: () => {} });
  const group = createGroupCommit(clock, writer);
  const tell = (n: number, holds = true) =>
    group.commit({
      job: `job${n}`,
      parts: partsOf({
        job: `job${n}`,
        conditions: holds ? [] : [{ condition: "status", runId: "none", in: ["available"] }],
        writes: [],
      }),
      events: [audited(n), event()],
    });
  return {
    clock,
    tell,
    next: (own: Fate) => void (fate = own),
    trail: auditTrail(real, clock),
    messages: async () =>
      (await auditTrail(real, clock).events({ after: 0, limit: 99 })).map(({ message }) => message),
    head: async () => headFrom(Array.from((await real.read({ sql: `SELECT ${HEAD_CELLS}`, args: [] }))[0]!)),
    async [Symbol.asyncDispose]() {
      await group.close();
      await real.close();
    },
  };
}

for (const [fate, saved] of [["lost", false], ["answer lost", true], ["late", true]] as const) {
  test(`after a batch whose fate is not known (${fate}) the next one is chained onto what is stored`, () =>
    at(tempFolder(), async (folder) => {
      await using state = await shakyState(`${folder.path}/s.db`);
      await state.tell(1);
      state.next(fate);
      await assert.rejects(state.tell(2), { kind: "unknown" });
      assert.deepEqual(await state.tell(3), { result: "done" });
      assert.deepEqual(await state.tell(4), { result: "done" });
      const all = ["Change 1", ...(saved ? ["Change 2"] : []), "Change 3", "Change 4"];
      assert.deepEqual(await state.messages(), all);
      assert.equal((await state.trail.verify(null)).trouble, null);
      assert.equal((await state.head()).link, all.length);
    }));
}

test("a batch that is halved since a condition did not hold chains those that were committed", () =>
  at(tempFolder(), async (folder) => {
    await using state = await shakyState(`${folder.path}/s.db`);
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7].map((n) => state.tell(n, n !== 2 && n !== 5)),
    );
    assert.deepEqual(answers.map(({ result }) => result), [
      "done",
      "conflict",
      "done",
      "done",
      "conflict",
      "done",
      "done",
    ]);
    assert.deepEqual(await state.messages(), [1, 3, 4, 6, 7].map((n) => `Change ${n}`));
    assert.equal((await state.trail.verify(null)).trouble, null);
  }));
