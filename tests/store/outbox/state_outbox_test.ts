// The outbox in the state: what a look makes is saved as a whole, and what was not taken is there after a restart.
// Also tests outbox_sql.ts and notifications.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Track } from "../../../src/domain/notify/track.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import { noticeOf } from "../../support/memory_outbox.ts";
import { filePlace, NOW } from "../fixture.ts";

const event = (message: string): EngineEvent => ({ type: "notify.sent", level: "info", at: NOW, message });

function track(job: string): Track {
  return {
    job,
    spell: null,
    news: "bad",
    newsSince: NOW,
    held: false,
    group: "g\n\"'",
    changes: [NOW],
    flapping: null,
    good: null,
  };
}

const message = (id: string, createdAt = NOW) => ({
  id,
  createdAt,
  notice: noticeOf(`Ünsafe " ' ${id}`),
  nextAt: NOW,
});

test("what a look makes of a channel is there after a restart, and of that channel alone", async () => {
  await using place = filePlace();
  {
    await using store = await place.open();
    const { outbox } = store;
    await outbox.queue({
      channel: "ops",
      tracks: [track("a"), track("b")],
      gone: [],
      messages: [message("m2", NOW + 1), message("m1")],
      digestUntil: NOW,
    });
    await outbox.queue({
      channel: "ops",
      tracks: [{ ...track("a"), held: true }],
      gone: ["b"],
      messages: [],
    });
  }
  await using store = await place.open();
  const { outbox } = store;
  assert.deepEqual(await outbox.tracks("ops"), [{ ...track("a"), held: true }]);
  assert.deepEqual(await outbox.tracks("mail"), []);
  assert.deepEqual(await outbox.held(), [{ channel: "ops", jobs: 1 }]);
  const waiting = await outbox.waiting("ops", 10);
  assert.deepEqual(waiting.map(({ id }) => id), ["m1", "m2"]);
  assert.deepEqual(waiting[0], { ...message("m1"), channel: "ops", attempts: 0, error: null });
  assert.equal((await outbox.waiting("ops", 1)).length, 1);
  assert.equal(await outbox.digestUntil("ops"), NOW);
  assert.equal(await outbox.digestUntil("mail"), null);
});

test("tries and their causes are kept, what was taken goes with its event", async () => {
  await using place = filePlace();
  const events: EngineEvent[] = [];
  await using store = await place.open(events);
  const { outbox } = store;
  await outbox.queue({ channel: "ops", tracks: [], gone: [], messages: [message("m1"), message("m2")] });
  await outbox.tried({ id: "m1", attempts: 1, nextAt: NOW, error: null });
  await outbox.tried({ id: "m1", attempts: 1, nextAt: NOW + 5, error: "it answers 500" }, event("failed"));
  await outbox.tried({ id: "m1", attempts: 2, nextAt: NOW + 5, error: null });
  const [first] = await outbox.waiting("ops", 1);
  assert.deepEqual([first!.attempts, first!.nextAt, first!.error], [2, NOW + 5, "it answers 500"]);
  assert.deepEqual(await outbox.backlog(), [{
    channel: "ops",
    count: 2,
    oldestAt: NOW,
    error: "it answers 500",
  }]);
  await outbox.ended(["m1"], event("taken"));
  assert.deepEqual((await outbox.waiting("ops", 9)).map(({ id }) => id), ["m2"]);
  assert.deepEqual(events.flatMap(({ type, message }) => type === "notify.sent" ? [message] : []), [
    "failed",
    "taken",
  ]);
  const stored = await store.events({ limit: 10, type: ["notify.sent"] });
  assert.equal(stored.length, 2);
});

test("several messages become one in one commit", async () => {
  await using place = filePlace();
  await using store = await place.open();
  const { outbox } = store;
  await outbox.queue({
    channel: "ops",
    tracks: [],
    gone: [],
    messages: [message("m1"), message("m2"), message("m3")],
  });
  await outbox.fold(["m1", "m2"], { ...message("all"), channel: "ops", attempts: 0, error: null });
  assert.deepEqual((await outbox.waiting("ops", 9)).map(({ id }) => id).sort(), ["all", "m3"]);
});

test("a channel that left the configuration leaves nothing, and what waited for it is told", async () => {
  await using place = filePlace();
  await using store = await place.open();
  const { outbox } = store;
  await outbox.queue({
    channel: "old",
    tracks: [track("a")],
    gone: [],
    messages: [message("m1")],
    digestUntil: 1,
  });
  await outbox.queue({ channel: "ops", tracks: [track("a")], gone: [], messages: [message("m2")] });
  const told: string[] = [];
  await outbox.keepOnly(["ops"], ({ channel, count }) => {
    told.push(`${channel} ${count}`);
    return event("gone");
  });
  assert.deepEqual(told, ["old 1"]);
  assert.deepEqual(await outbox.tracks("old"), []);
  assert.equal(await outbox.digestUntil("old"), null);
  assert.equal((await outbox.tracks("ops")).length, 1);
  assert.deepEqual((await outbox.backlog()).map(({ channel }) => channel), ["ops"]);
});

test("what happened since an instant is counted from committed events: a failure that is tried again is none", async () => {
  await using place = filePlace();
  await using store = await place.open();
  const at = (type: EngineEvent["type"], hours: number, data: EngineEvent["data"] = {}): EngineEvent => (
    { type, level: "info", at: NOW + hours * 3_600_000, message: type, data }
  );
  await store.commit({
    job: "",
    writes: [],
    events: [
      at("run.available", 0),
      at("run.available", 2),
      at("run.available", 3),
      at("run.failed", 3, { retry_at: "2026-03-01T04:00:00.000Z" }),
      at("run.failed", 4),
      at("run.lost", 4),
      at("delete.done", 5),
    ],
  });
  assert.deepEqual(await store.outbox.happened(NOW + 3_600_000), { made: 2, failed: 2, deleted: 1 });
  assert.deepEqual(await store.outbox.happened(NOW + 99 * 3_600_000), { made: 0, failed: 0, deleted: 0 });
});

test("what a channel was told of deletions to come is there after a restart, until the channel goes", async () => {
  await using place = filePlace();
  const told = { job: "a", at: NOW, until: NOW + 1, runIds: ["r1"] };
  {
    await using store = await place.open();
    await store.outbox.queue({ channel: "ops", tracks: [], gone: [], messages: [], planned: [told] });
  }
  await using store = await place.open();
  assert.deepEqual(await store.outbox.planned("ops"), [told]);
  assert.deepEqual(await store.outbox.planned("other"), []);
  await store.outbox.keepOnly(["other"], () => event("gone"));
  assert.deepEqual(await store.outbox.planned("ops"), []);
});
