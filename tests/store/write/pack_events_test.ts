// Old events lie in packs, and nobody can tell by what is read of them; what meddles with packs is found out.
// Also tests packed_events.ts, packed_trail.ts and event_store.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { EventQuery } from "../../../src/ports/queries.ts";
import type { OpenStore } from "../../../src/store/run_store.ts";
import { audited, meddle, openAt, tell, verified } from "../audit/rig.ts";
import { DAY, event, HOUR, NOW } from "../fixture.ts";
import { at, tempFolder } from "../../support/node_files.ts";

const PACKING = { afterMs: DAY, most: 7 };
const KEPT = { eventsKept: () => ({ plainMs: 90 * DAY, auditMs: 400 * DAY }), packing: PACKING };

const RUNS = ["019cb284-af30-7000-8001-0000000000d9", "r2", "r3"];
const JOBS = ["db", "files", undefined];

/** Of both kinds, in no even order, one an hour. */
function hours(count: number, from = 0): EngineEvent[] {
  return Array.from({ length: count }, (_, hour) => {
    const n = from + hour;
    const fields: Partial<EngineEvent> = { at: NOW + n * HOUR };
    if (JOBS[n % 3] !== undefined) fields.job = JOBS[n % 3]!;
    if (n % 4 !== 3) fields.runId = RUNS[n % 4]!;
    return n % 5 < 2 ? audited(n, fields) : event({ type: "run.started", message: `Run ${n}`, ...fields });
  });
}

const FILTERS: Partial<EventQuery>[] = [{}, { job: "db" }, { runId: RUNS[0]! }, { type: ["freeze.begun"] }, {
  job: "files",
  runId: "r2",
  type: ["run.started", "run.due"],
}, { job: "nobody" }];
const QUERIES = FILTERS.flatMap((filter) =>
  [{}, { after: 0 }, { after: 33 }, { after: 90 }, { after: 500 }, { before: 33 }, { after: 20, before: 60 }]
    .flatMap((after) =>
      [0, 1, 3, 20, 1000].flatMap((limit) =>
        [true, false].map((ascending): EventQuery => ({ ...filter, ...after, limit, ascending }))
      )
    )
);

async function all(store: OpenStore): Promise<unknown> {
  const lists = [];
  for (const query of QUERIES) lists.push([query, await store.events(query)]);
  const trail = [];
  for (const after of [undefined, 0, 5, 20, 35]) {
    for (const limit of [1, 4, 100]) trail.push(await store.trail.events({ limit, ...after && { after } }));
  }
  return { lists, trail };
}

/** Packs and rows of each kind. */
async function lying(path: string): Promise<string[]> {
  const rows = await meddle(
    path,
    "SELECT (SELECT count(*) FROM event_packs WHERE link IS NULL), (SELECT count(*) FROM event_packs WHERE link IS NOT " +
      "NULL), (SELECT count(*) FROM events WHERE link IS NULL), (SELECT count(*) FROM events WHERE link IS NOT NULL)",
  );
  return Array.from(rows[0]!, String);
}

test("what is packed reads as before: by sequence, job, run and type, either way, and in the trail", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    const now = NOW + 4 * DAY;
    {
      await using store = await openAt(path, KEPT);
      await tell(store, ...hours(100));
      const before = await all(store);
      await store.tidy(now);
      assert.deepEqual(await all(store), before);
      assert.equal((await store.trail.verify(null)).trouble, null);
      // What comes later is read beside it.
      await tell(store, ...hours(3, 100));
      const seqs = (await store.events({ limit: 1000, ascending: true })).map(({ seq }) => seq);
      assert.deepEqual(seqs, Array.from({ length: 103 }, (_, n) => n + 1));
    }
    // Of 100 hours 73 are old enough: 44 plain events and 29 of the trail, sevens of each.
    assert.deepEqual(await lying(path), ["6", "4", "19", "14"]);
  }));

test("every head that was kept while its event was a row is proved out of the pack", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, KEPT);
    const heads = [];
    for (const one of hours(40)) {
      await tell(store, one);
      heads.push(await store.trail.head());
    }
    await store.tidy(NOW + 9 * DAY);
    for (const head of heads) assert.equal((await store.trail.verify(head)).proof?.result, "proved");
    const digests = new Map(
      (await store.trail.events({ after: 0, limit: 99 })).map((one) => [one.link, one.digest]),
    );
    for (const { link, digest } of heads) assert.equal(digests.get(link), link === 0 ? undefined : digest);
    const report = await store.trail.verify({ link: 3, digest: heads.at(-1)!.digest });
    assert.equal(report.proof?.result, "refuted");
  }));

const MEDDLING: [what: string, sql: string[], says: RegExp][] = [
  ["changed", [
    "UPDATE event_packs SET (body, ids) = (SELECT body, ids FROM event_packs WHERE link = 8) WHERE link = 1",
  ], /pack is damaged/],
  [
    "changed at one place",
    ["UPDATE event_packs SET ids = CAST(x'00' || substr(ids, 2) AS BLOB) WHERE link = 8"],
    /its digest is not that of what it says/,
  ],
  ["cut off", ["DELETE FROM event_packs WHERE link = 8"], /8 to 14 are gone/],
  ["cut off at the front", ["DELETE FROM event_packs WHERE link = 1"], /1 to 7 are gone/],
  ["moved", [
    "UPDATE event_packs SET link = 99 WHERE link = 1",
    "UPDATE event_packs SET link = 1 WHERE link = 8",
    "UPDATE event_packs SET link = 8 WHERE link = 99",
  ], /digest is not that|does not fit/],
  ["doubled", [
    "INSERT INTO event_packs SELECT -first, last, count, newest_at, link + 1, before, digest, keys, ids, body " +
    "FROM event_packs WHERE link = 8",
  ], /there is a number 9 already/],
  ["doubled as rows", [
    "INSERT INTO events (at, type, level, message, link, digest) VALUES (1, 'freeze.begun', 'info', 'm', 9, 'd')",
  ], /there is a number 9 already/],
  ["given another end", [
    "UPDATE event_packs SET digest = (SELECT digest FROM event_packs WHERE link = 1) WHERE link = 8",
  ], /its digest is not that of what it says/],
  ["emptied", ["UPDATE event_packs SET body = x'' WHERE link = 8"], /pack is damaged/],
  ["put among those outside the trail", [
    "UPDATE event_packs SET link = NULL WHERE link = 8",
  ], /8 to 14 are gone/],
  ["copied among those outside the trail", [
    "UPDATE event_packs SET first = first, (count, ids, body, newest_at) = " +
    "(SELECT count, ids, body, newest_at FROM event_packs WHERE link = 1) WHERE first = 3",
  ], /pack is damaged/],
];

for (const [what, sql, says] of MEDDLING) {
  test(`a pack that was ${what} is found out`, () =>
    at(tempFolder(), async (folder) => {
      const path = `${folder.path}/s.db`;
      {
        await using store = await openAt(path, KEPT);
        await tell(store, ...hours(60));
        await store.tidy(NOW + 30 * DAY);
      }
      assert.equal((await verified(path)).trouble, null);
      await meddle(path, ...sql);
      const { trouble } = await verified(path);
      assert.match(trouble?.message ?? "", says);
      // Nothing of the trail is removed by its age, nor packed away.
      if (what.includes("among")) return;
      await using store = await openAt(path, KEPT);
      await store.tidy(NOW + 500 * DAY);
      assert.notEqual((await store.trail.verify(null)).trouble, null);
    }));
}

test("an event of the trail's kinds in a pack outside the trail is found out", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, KEPT);
      await tell(store, ...hours(40));
    }
    await meddle(
      path,
      "UPDATE events SET link = NULL WHERE link = 5",
      "UPDATE events SET type = 'run.due' WHERE type = 'freeze.begun' AND link IS NULL",
    );
    {
      await using store = await openAt(path, KEPT);
      await store.tidy(NOW + 30 * DAY);
    }
    assert.match((await verified(path)).trouble?.message ?? "", /5 is gone/);
  }));

test("events go out of packs by their age to the very event, and the trail still proves itself", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    await using store = await openAt(path, KEPT);
    const days = Array.from({ length: 500 }, (_, day) => [
      audited(day, { at: NOW + day * DAY }),
      event({ at: NOW + day * DAY, message: `Due ${day}` }),
    ]).flat();
    await store.commit({ job: "", writes: [], events: days });
    const head = await store.trail.head();
    const counts = async () => {
      const left = await store.events({ limit: 9_999, ascending: true });
      const of = (type: string) => left.filter((one) => one.type === type);
      return [
        of("run.due").length,
        of("run.due")[0]!.message,
        of("freeze.begun").length,
        of("freeze.begun")[0]!.message,
      ];
    };
    // Young enough for nothing to go; then a day more each time.
    await tidyAll(store, NOW + 80 * DAY);
    for (const day of [95, 96, 103, 200, 450, 451, 470, 499]) {
      await tidyAll(store, NOW + day * DAY);
      const plain = Math.max(0, day - 90);
      const chained = Math.max(0, day - 400);
      assert.deepEqual(
        await counts(),
        [500 - plain, `Due ${plain}`, 500 - chained, `Change ${chained}`],
        `day ${day}`,
      );
      const report = await store.trail.verify(head);
      assert.deepEqual([report.trouble, report.pruned, report.proof?.result], [null, chained, "proved"]);
    }
  }));

async function tidyAll(store: OpenStore, now: number): Promise<void> {
  while ((await store.tidy(now)).more);
}

test("what was dated ahead is packed and goes with those around it", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    await using store = await openAt(path, KEPT);
    const ahead = { at: NOW + 9_000 * DAY };
    await tell(store, ...hours(10), audited(1, ahead), event(ahead), ...hours(50, 10));
    await tidyAll(store, NOW + 50 * DAY);
    await tidyAll(store, NOW + 450 * DAY);
    const left = await store.events({ limit: 99, ascending: true });
    assert.deepEqual(new Set(left.map(({ type }) => type)), new Set(["audit.pruned"]));
    assert.equal((await store.trail.verify(null)).trouble, null);
  }));

test("the newest event stays a row, whatever its age: the next one has a number of its own", () =>
  at(tempFolder(), async (folder) => {
    await using store = await openAt(`${folder.path}/s.db`, KEPT);
    await tell(store, ...Array.from({ length: 7 }, () => event()));
    await store.tidy(NOW + 30 * DAY);
    await tell(store, event());
    const seqs = (await store.events({ limit: 99, ascending: true })).map(({ seq }) => seq);
    assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6, 7, 8]);
  }));

test("what does not fit into the trail stays as it is, and so does all after it", () =>
  at(tempFolder(), async (folder) => {
    const path = `${folder.path}/s.db`;
    {
      await using store = await openAt(path, KEPT);
      await tell(store, ...hours(60));
    }
    await meddle(path, "UPDATE events SET message = 'nothing' WHERE link = 10");
    {
      await using store = await openAt(path, KEPT);
      await store.tidy(NOW + 30 * DAY);
    }
    assert.deepEqual(await lying(path), ["5", "1", "1", "17"]);
    assert.equal((await verified(path)).trouble?.link, 10);
  }));
