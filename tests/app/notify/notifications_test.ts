// A scheduler whose backups fail and heal, and what its channel is sent: from the engine's state to the words.
// Also tests watcher.ts, digests.ts, planned_deletions.ts, deletions_until.ts, job_details.ts, notify_view.ts and operations/notify.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { notifyOperations } from "../../../src/app/operations/notify.ts";
import { departuresOf } from "../../../src/app/future/departures_of.ts";
import { createScheduleCache } from "../../../src/domain/schedule/schedule.ts";
import { deletionsUntil } from "../../../src/app/notify/deletions_until.ts";
import { Notifications } from "../../../src/app/notify/notifications.ts";
import { usualRule } from "../../../src/domain/notify/rule.ts";
import type { Track } from "../../../src/domain/notify/track.ts";
import type { Clock, ProcessSpec } from "../../../src/ports/host.ts";
import type { ChannelSpec, NotifyConfig } from "../../../src/ports/notifier.ts";
import { StoreError } from "../../../src/domain/errors.ts";
import type { Outbox, Queued } from "../../../src/ports/outbox.ts";
import { policy, type Rig, rig } from "../../support/engine_rig.ts";
import { FakeIds, FakeRandom } from "../../support/fake_ids.ts";

const MINUTE = 60_000;
const COMMAND: ChannelSpec = { type: "command", name: "ops", timeoutMs: 1000, argv: ["tell"], env: {} };

function watching(
  r: Rig,
  notify: NotifyConfig = configOf(),
  outbox: Outbox = r.store.outbox,
  clock: Clock = r.clock,
) {
  const told: any[] = [];
  const current = { notify, code: 0 };
  const notifications = new Notifications({
    host: {
      ids: new FakeIds(r.clock, 7),
      random: new FakeRandom(),
      http: () => Promise.reject(new Error("no network")),
      httpWith: () => () => Promise.reject(new Error("no network")),
      processes: {
        run({ stdin }: ProcessSpec) {
          told.push(JSON.parse(stdin!));
          return Promise.resolve({ code: current.code, signal: null, stdout: "", stderr: "" });
        },
      } as any,
      mail: () => Promise.reject(new Error("no mail")),
      env: {},
      machine: () => ({ id: null, name: "nas1", boot: null }),
    },
    clock: r.clock,
    facts: {
      engine: r.engine,
      store: r.store,
      clock,
      watch: r.watch,
      storeTrouble: () => null,
      expectedOf: () => 90 * MINUTE,
    },
    outbox,
    notify: () => current.notify,
    publicUrl: () => "https://b.example",
    departuresWithin: async (job, ms) =>
      (await departuresOf(
        {
          engine: r.engine,
          store: r.store,
          clock: r.clock,
          watch: r.watch,
          schedules: createScheduleCache(),
        },
        job,
        ms,
      ))?.going ?? null,
    deletionsUntil: (job) => Promise.resolve(job === "db" ? 3 : null),
  });
  notifications.start();
  return {
    told,
    current,
    refresh: () => notifications.refresh(),
    ask: notifyOperations({ notifications }),
    backlog: () => notifications.backlog(),
    titles: () => told.map(({ title }) => title),
    [Symbol.asyncDispose]: () => notifications[Symbol.asyncDispose](),
  };
}

/** News that quiet hours hold. */
const heldTrack = (job: string): Track => ({
  job,
  spell: null,
  news: "bad",
  newsSince: 0,
  held: true,
  group: "g",
  changes: [],
  flapping: null,
  good: null,
});

function configOf(): NotifyConfig {
  return { name: null, timezone: "UTC", channels: [COMMAND], rules: [usualRule("ops", "never")] };
}

test("a job that fails is told with the provider's words, and when it backs up again with its size", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE + 30_000);
  await using w = watching(r);
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(w.titles(), []);
  r.provider.script("create", "refused", "refused", "refused", "refused");
  await r.clock.advance(4 * MINUTE);
  assert.equal(w.told.length, 1);
  const [bad] = w.told;
  assert.match(bad.title, /^\[nas1\] db: its backup failed \(/);
  assert.match(
    bad.text,
    /^Last good Mon 10:0\d[^]*, kept\. Failed [^]*then `schelly jobs trigger db`\. By itself: Mon 10:/,
  );
  assert.equal(bad.link, "https://b.example/ui/jobs/db");
  assert.deepEqual(bad.jobs.map(({ job, state, well }: any) => [job, state, well]), [[
    "db",
    "failing",
    false,
  ]]);
  await r.clock.advance(6 * MINUTE);
  assert.equal(w.told.length, 2);
  assert.match(w.told[1].title, /^\[nas1\] db: backed up again after \d+ min$/);
  assert.match(
    w.told[1].text,
    /^Mon 10:\d\d[^]*4 backups due from Mon 10:08 to Mon 10:11 were not made\. Nothing to do\.$/,
  );
  const missed = (await r.runs("failed")).map(({ slot }) => slot);
  assert.equal(new Set(missed).size, 4);
});

test("another cause of what is told is told once more, with both, and a backup by hand ends it", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 */10 * * * *" }] });
  await r.clock.advance(10 * MINUTE + 30_000);
  await using w = watching(r);
  r.provider.down({ does: "refused", message: "connect 10.0.0.5:5432: connection refused" });
  await r.clock.advance(21 * MINUTE);
  r.provider.down({ does: "refused", message: "wrong password" });
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual(w.told.map(({ news }) => news), ["bad", "again"]);
  assert.match(w.titles()[1], /^\[nas1\] db: its backup still fails \(not let in, was connection refused\)$/);
  r.provider.up();
  await r.engine.job("db")!.trigger("ops", null);
  await r.clock.advance(2 * MINUTE);
  assert.match(w.told[2].text, /4 backups due from Mon 10:20 to Mon 10:50 were not made/);
});

test("what a channel does not take is counted, with since when, until it takes it", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE);
  await using w = watching(r);
  w.current.code = 1;
  r.provider.script("create", ...Array.from({ length: 30 }, () => "refused" as const));
  await r.clock.advance(6 * MINUTE);
  const [row] = await w.backlog();
  assert.equal(row!.channel, "ops");
  assert.equal(row!.count, 1);
  assert.ok(r.clock.now() - row!.refusedSince! < 6 * MINUTE, `${row!.refusedSince}`);
  w.current.code = 0;
  await r.clock.advance(30 * MINUTE);
  assert.deepEqual(await w.backlog(), [{ channel: "ops", count: 0, refusedSince: null }]);
});

test("an outage of very many jobs is one message within a minute, although looks take long", async () => {
  const jobs = Array.from({ length: 120 }, (_, at) => ({ name: `job${at}` }));
  await using r = await rig({ jobs });
  await r.clock.advance(2 * MINUTE);
  // As if each look took half a second and more.
  let spent = 0;
  const slow: Clock = {
    now: () => r.clock.now(),
    monotonic: () => r.clock.monotonic() + (spent += 200),
    uptime: () => r.clock.uptime(),
    sleep: (ms, signal) => r.clock.sleep(ms, signal),
    yield: () => r.clock.yield(),
    timeout: (ms) => r.clock.timeout(ms),
  };
  await using w = watching(r, configOf(), r.store.outbox, slow);
  await r.clock.advance(MINUTE + 10_000);
  r.provider.down("refused");
  await r.clock.advance(4 * MINUTE);
  const began = Math.min(...(await r.runs("failed")).map(({ endTime }) => endTime!));
  assert.equal(w.told.length, 1);
  const [{ time, title, job_count, jobs_cut, jobs: named }] = w.told;
  const waited = Date.parse(time) - began;
  assert.ok(waited <= MINUTE, `${waited} ms`);
  assert.match(title, /^\[nas1\] 120 jobs of /);
  assert.deepEqual([job_count, jobs_cut, named.length], [120, true, 100], "what is cut says so");
});

test("what was told is known after a restart: it is not told again, and its end is", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE);
  r.provider.script("create", ...Array.from({ length: 8 }, () => "refused" as const));
  {
    await using first = watching(r);
    await r.clock.advance(4 * MINUTE);
    assert.equal(first.told.length, 1);
  }
  await using second = watching(r);
  await r.clock.advance(4 * MINUTE);
  assert.deepEqual(second.titles(), []);
  await r.clock.advance(4 * MINUTE);
  assert.deepEqual(second.titles().map((title) => title.slice(0, 25)), ["[nas1] db: backed up agai"]);
});

test("a message whose saving was in doubt is not written twice", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE);
  r.provider.script("create", ...Array.from({ length: 30 }, () => "refused" as const));
  const { outbox } = r.store;
  let lost = 0;
  const losing = {
    ...outbox,
    async queue(queued: Queued) {
      await outbox.queue(queued);
      if (queued.messages.length > 0 && lost++ === 0) throw new StoreError("unknown", "the answer was lost");
    },
  };
  await using w = watching(r, configOf(), losing);
  await r.clock.advance(8 * MINUTE);
  assert.equal(lost, 1);
  assert.equal((await outbox.tracks("ops"))[0]!.spell!.told, 1);
  // What wakes the channel was lost too: it looks by itself.
  await r.clock.advance(10 * MINUTE);
  assert.equal(w.told.length, 1);
});

test("the end of suspects tells that they were made, and that they wait for somebody's word", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 */10 * * * *", suspicion: { minSizeMb: null, minPercent: 50 } }],
  });
  await using w = watching(r);
  await r.clock.advance(41 * MINUTE);
  assert.deepEqual(w.titles(), []);
  for (let at = 0; at < 3; at++) r.provider.plan({ sizeMb: 0 });
  await r.clock.advance(32 * MINUTE);
  assert.deepEqual(w.titles(), ["[nas1] db: a backup is suspect (it is empty)"]);
  await r.clock.advance(10 * MINUTE);
  assert.match(w.titles()[1], /^\[nas1\] db: has a good backup again after 40 min$/);
  assert.match(
    w.told[1].text,
    / 3 backups from Mon 10:\d\d to Mon 11:\d\d were made and do not count: they are suspect or rejected\. 3 suspect backups wait for you/,
  );
  assert.doesNotMatch(w.told[1].text, /not made|Nothing to do/);
});

test("a job that is renamed while it fails is told no second time; taken out, its end is told", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 */10 * * * *" }] });
  await using w = watching(r);
  r.provider.down({ does: "refused", message: "wrong password" });
  await r.clock.advance(12 * MINUTE);
  assert.deepEqual(w.told.map(({ news }) => news), ["bad"]);
  await r.engine.reload(r.declare([{ name: "new", renamedFrom: "db", schedule: "0 */10 * * * *" }]));
  w.refresh();
  await r.clock.advance(20 * MINUTE);
  assert.deepEqual(w.told.map(({ news }) => news), ["bad"]);
  assert.deepEqual((await r.store.outbox.tracks("ops")).map(({ job }) => job), ["new"]);
  await r.engine.reload(r.declare([]));
  w.refresh();
  await r.clock.advance(3 * MINUTE);
  assert.deepEqual(w.told.map(({ news }) => news), ["bad", "left"]);
  assert.equal(w.titles()[1], "[nas1] new: taken out of the configuration, and failed (not let in)");
  assert.deepEqual([w.told[1].jobs[0].state, w.told[1].jobs[0].well], ["unmanaged", true]);
});

test("a channel that is taken out by an edit is told no more, and one that comes in at once", async () => {
  await using r = await rig();
  await r.clock.advance(2 * MINUTE);
  r.provider.script("create", ...Array.from({ length: 30 }, () => "refused" as const));
  await using w = watching(r, { ...configOf(), channels: [], rules: [] });
  await r.clock.advance(4 * MINUTE);
  assert.deepEqual(w.told, []);
  w.current.notify = configOf();
  w.refresh();
  await r.clock.advance(3 * MINUTE);
  assert.equal(w.told.length, 1);
  w.current.notify = { ...configOf(), channels: [], rules: [] };
  w.refresh();
  await r.clock.advance(MINUTE);
  assert.deepEqual(await r.store.outbox.tracks("ops"), []);
});

test("a trial sends one of each kind and says what became of it; what waits is counted, addresses are not shown", async () => {
  await using r = await rig();
  const hook: ChannelSpec = { type: "slack", name: "chat", timeoutMs: 1000, url: "https://s3cret/" };
  const quiet = { ...usualRule("chat", "weekly"), quiet: { from: 1320, to: 420 } };
  await using w = watching(r, {
    ...configOf(),
    channels: [COMMAND, hook],
    rules: [usualRule("ops", "never"), quiet],
  });
  const tried = await w.ask.testChannel("ops");
  assert.deepEqual(tried!.sent.map(({ news, ok }) => [news, ok]), [
    ["bad", true],
    ["again", true],
    ["good", true],
    ["left", true],
    ["passed", true],
    ["flapping", true],
    ["steady", true],
    ["several", true],
    ["planned", true],
    ["digest", true],
  ]);
  assert.ok(w.titles().every((title) => title.startsWith("TEST [nas1] ")));
  const failed = await w.ask.testChannel("chat");
  assert.deepEqual(
    failed!.sent.map(({ ok, message }) => `${ok} ${message}`)[0],
    "false it cannot be reached: no network",
  );
  assert.equal(await w.ask.testChannel("none"), undefined);
  await r.store.outbox.queue({
    channel: "chat",
    tracks: [heldTrack("db"), { ...heldTrack("web"), held: false }],
    gone: [],
    messages: [{ id: "m", createdAt: r.clock.now(), notice: w.told[0], nextAt: r.clock.now() + MINUTE }],
  });
  const view = await w.ask.notifications();
  assert.deepEqual(view.channels, [
    { name: "ops", type: "command", waiting: 0, held_jobs: 0, oldest: null, error: null },
    {
      name: "chat",
      type: "slack",
      waiting: 1,
      held_jobs: 1,
      oldest: new Date(r.clock.now()).toISOString(),
      error: null,
    },
  ]);
  assert.deepEqual([view.name, view.rules[1]!.quiet, view.rules[1]!.repeat_seconds], [
    "nas1",
    "22:00-07:00",
    86_400,
  ]);
  assert.doesNotMatch(JSON.stringify(view), /s3cret/);
});

test("a digest each morning tells what was made and failed, who needs somebody and what will go, once", async () => {
  // 10:00 in UTC, a Monday.
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *" }] });
  await using w = watching(r, { ...configOf(), rules: [{ ...usualRule("ops", "daily"), on: ["late"] }] });
  await r.clock.advance(3 * 60 * MINUTE);
  r.provider.script("create", "refused");
  await r.clock.advance(18.5 * 60 * MINUTE);
  assert.deepEqual(w.titles(), []);
  await r.clock.advance(2 * 60 * MINUTE);
  assert.deepEqual(w.titles(), ["[nas1] Tue: 1 of 1 job safe, nobody needs you"]);
  assert.match(
    w.told[0].text,
    /^\d+ backups made, 1 failed, 0 deleted\.\nAbout 3 backups will be deleted until Wed 08:00: db 3\.\n/,
  );
  assert.equal(w.told[0].news, "digest");
  await r.clock.advance(20 * 60 * MINUTE);
  assert.equal(w.told.length, 1);
  await r.clock.advance(5 * 60 * MINUTE);
  assert.equal(w.told.length, 2);
});

test("what will go up to a date is what is there and is made, less what stays; what cannot be foreseen is said so", async () => {
  const view = (reached: string) =>
    ({
      slots: 7,
      reached,
      dates: [{ backups: 10 }, { backups: 12 }],
    }) as any;
  const until = Date.UTC(2026, 3, 1);
  const at = new Date(until).toISOString();
  assert.equal(await deletionsUntil({ forecast: () => Promise.resolve(view(at)) }, "a", 0, until), 5);
  const short = view("2026-03-02T00:00:00.000Z");
  assert.equal(await deletionsUntil({ forecast: () => Promise.resolve(short) }, "a", 0, until), null);
  assert.equal(
    await deletionsUntil({ forecast: () => Promise.reject(new RangeError("no")) }, "a", 0, until),
    null,
  );
  await assert.rejects(
    deletionsUntil({ forecast: () => Promise.reject(new Error("bug")) }, "a", 0, until),
    /bug/,
  );
});

test("a failure that its retry heals is told to nobody, and is none in the digest", async () => {
  await using r = await rig({
    jobs: [{ schedule: "0 0 * * * *", retry: { attempts: 2, afterMs: 10 * MINUTE } }],
  });
  await using w = watching(r, { ...configOf(), rules: [usualRule("ops", "daily")] });
  await r.clock.advance(30 * MINUTE);
  r.provider.plan({ ends: "failed" });
  await r.clock.advance(60 * MINUTE);
  assert.deepEqual((await r.runs()).map(({ status }) => status), ["failed", "available"]);
  assert.deepEqual(w.titles(), []);
  await r.clock.advance(22 * 60 * MINUTE);
  assert.equal(w.told.length, 1);
  assert.match(w.told[0].text, /backups made, 0 failed, /);
});

test("a freeze that nobody ends brings no message of its own, and each digest tells it", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *" }] });
  await using w = watching(r, { ...configOf(), rules: [usualRule("ops", "daily")] });
  await r.engine.safekeeping.freeze({ reason: "moving the storage", until: null, owner: "ops" }, "ops");
  for (let day = 0; day < 3; day++) await r.clock.advance(24 * 60 * MINUTE);
  assert.deepEqual(w.told.map(({ news }) => news), ["digest", "digest", "digest"]);
  for (const { text } of w.told) {
    assert.match(
      text,
      /^Nothing is deleted: freeze since Mon 10:00 by ops \(moving the storage\), until `schelly unfreeze`\.$/m,
    );
  }
});

test("deletions to come are told to a channel that asks for it, of all jobs at once, held back by quiet hours", async () => {
  const hourly = { schedule: "0 0 * * * *", retention: policy("hourly=4") };
  await using r = await rig({ jobs: [{ ...hourly, name: "a" }, { ...hourly, name: "b" }] });
  await r.clock.advance(4 * 60 * MINUTE + MINUTE);
  const rule = { ...usualRule("ops", "never"), on: ["deletion_planned" as const] };
  const config = { ...configOf(), rules: [{ ...rule, quiet: { from: 13 * 60, to: 15 * 60 } }] };
  await using w = watching(r, config);
  await r.clock.advance(50 * MINUTE);
  assert.deepEqual(w.titles(), [], "it is quiet");
  await r.clock.advance(20 * MINUTE);
  await r.clock.advance(60 * MINUTE);
  assert.equal(w.told.length, 1);
  assert.match(w.told[0].title, /^\[nas1\] 2 jobs: 8 backups will be deleted until Mon \d\d:00$/);
  assert.equal(w.told[0].news, "planned");
  assert.deepEqual(w.told[0].jobs.map(({ job }: any) => job), ["a", "b"]);
  await r.clock.advance(10 * 60 * MINUTE);
  assert.equal(w.told.length, 1, "what only comes into sight waits for its day");
  await w[Symbol.asyncDispose]();
  await using again = watching(r, config);
  await r.clock.advance(2 * 60 * MINUTE);
  assert.equal(again.told.length, 0, "a restart tells nothing twice");
  await r.clock.advance(12 * 60 * MINUTE);
  assert.equal(again.told.length, 1, "but the next day");
});

test("nobody is told of deletions to come who did not ask, nor while they are frozen", async () => {
  await using r = await rig({ jobs: [{ schedule: "0 0 * * * *", retention: policy("hourly=4") }] });
  await r.clock.advance(4 * 60 * MINUTE + MINUTE);
  {
    await using w = watching(r);
    await r.clock.advance(70 * MINUTE);
    assert.deepEqual(w.titles(), []);
  }
  await r.engine.safekeeping.freeze({ reason: "moving", until: null, owner: "ops" }, "ops");
  await using w = watching(r, {
    ...configOf(),
    rules: [{ ...usualRule("ops", "never"), on: ["deletion_planned"] }],
  });
  await r.clock.advance(70 * MINUTE);
  assert.deepEqual(w.titles(), []);
});
