// The outbox on its way: at least once with one id, each channel at its own pace, two days and no longer.
// Also tests deliver.ts, delivery.ts and http_channels.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldText } from "../../../src/domain/notify/fold.ts";
import { Courier, type Deliver } from "../../../src/observe/notify/courier.ts";
import { createDeliver } from "../../../src/observe/notify/deliver.ts";
import type { Http } from "../../../src/ports/host.ts";
import type { ChannelSpec } from "../../../src/ports/notifier.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeIds, FakeRandom } from "../../support/fake_ids.ts";
import { memoryOutbox, noticeOf } from "../../support/memory_outbox.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 25);

function slack(name: string, url = `http://${name}/s3cret`): ChannelSpec {
  return { type: "slack", name, url, timeoutMs: 15_000 };
}

/** Whether channels are quiet. */
const quiet = { now: false };

function rig(channels: ChannelSpec[], deliver: Deliver, outbox = memoryOutbox(), clock = new FakeClock(NOW)) {
  const courier = new Courier({
    clock,
    random: new FakeRandom(),
    ids: new FakeIds(clock),
    outbox,
    deliver,
    channels: () => channels,
    isQuiet: () => quiet.now,
    fold: (notices) => ({
      ...noticeOf(""),
      news: "several",
      ...foldText("x", notices.map(({ title }) => title)),
    }),
  });
  courier.refresh();
  return {
    courier,
    clock,
    outbox,
    told: () => outbox.events.map(({ type, message }) => `${type} ${message}`),
  };
}

/** Messages that a channel took, by title. */
function taking(taken: string[]): Deliver {
  return ({ name }, { notice }) => Promise.resolve(void taken.push(`${name} ${notice.title}`));
}

test("messages go out in their order, each once", async () => {
  const taken: string[] = [];
  await using r = {
    ...rig([slack("a")], taking(taken)),
    [Symbol.asyncDispose]: () => r.courier[Symbol.asyncDispose](),
  };
  r.outbox.add("a", "2", NOW + 1);
  r.outbox.add("a", "1", NOW);
  r.courier.wake("a");
  await r.clock.advance(MINUTE);
  assert.deepEqual(taken, ["a 1", "a 2"]);
  assert.equal(r.outbox.rows.size, 0);
  assert.deepEqual(r.told(), ["notify.sent Told 'a': 1", "notify.sent Told 'a': 2"]);
});

test("a burst of a hundred is ten messages, the tenth of which holds the rest; then one a minute", async () => {
  const taken: string[] = [];
  const r = rig([slack("a")], taking(taken));
  for (let n = 0; n < 100; n++) r.outbox.add("a", String(n).padStart(3, "0"), NOW);
  r.courier.wake("a");
  await r.clock.advance(1000);
  assert.equal(taken.length, 10);
  assert.equal(taken.at(-1), "a [x] 91 messages in one");
  for (let n = 0; n < 30; n++) {
    r.outbox.add("a", `later ${n}`, NOW + 2000);
    r.courier.wake("a");
    await r.clock.advance(100);
  }
  assert.equal(taken.length, 10);
  await r.clock.advance(MINUTE);
  assert.deepEqual(taken.slice(10), ["a [x] 30 messages in one"]);
  await r.courier[Symbol.asyncDispose]();
});

test("a channel that takes nothing is told of once, also over restarts, and again once it took something in between", async () => {
  const outbox = memoryOutbox();
  const clock = new FakeClock(NOW);
  let refuses = true;
  const deliver: Deliver = () => refuses ? Promise.reject(new Error("it answers 500")) : Promise.resolve();
  const failed = () => outbox.events.filter(({ type }) => type === "notify.failed").length;
  for (let life = 0; life < 4; life++) {
    outbox.add("a", `m${life}`, clock.now());
    const { courier } = rig([slack("a")], deliver, outbox, clock);
    await clock.advance(20 * MINUTE);
    await courier[Symbol.asyncDispose]();
    assert.equal(failed(), 1);
  }
  refuses = false;
  const { courier } = rig([slack("a")], deliver, outbox, clock);
  await clock.advance(2 * HOUR);
  assert.equal(outbox.rows.size, 0);
  refuses = true;
  outbox.add("a", "later", clock.now());
  courier.wake("a");
  await clock.advance(MINUTE);
  assert.equal(failed(), 2);
  await courier[Symbol.asyncDispose]();
});

test("for two days one channel refuses, one hangs, one redirects, one answers 500: each tells it once, and none is late for it", async () => {
  const clock = new FakeClock(NOW);
  const arrived: { name: string; at: number; ids: string }[] = [];
  const http: Http = (request) => {
    const { hostname } = new URL(request.url);
    arrived.push({ name: hostname, at: clock.now() - NOW, ids: request.headers.get("webhook-id") ?? "" });
    switch (hostname) {
      case "refuses":
        return Promise.reject(
          new TypeError(
            `error sending request for url (${request.url}): client error (Connect): Connection refused`,
          ),
        );
      case "hangs":
        return new Promise((_, reject) => {
          request.signal.addEventListener("abort", () => reject(request.signal.reason));
        });
      case "redirects":
        return Promise.resolve(Response.redirect("http://elsewhere/", 302));
      case "fails":
        return Promise.resolve(new Response("no", { status: 500 }));
      default:
        return Promise.resolve(new Response("ok"));
    }
  };
  const names = ["refuses", "hangs", "redirects", "fails", "works"];
  const channels = names.map((name) => slack(name));
  const deliver = createDeliver({
    clock,
    http,
    httpWith: () => http,
    processes: { run: () => Promise.reject(new Error("none")) },
    mail: () => Promise.reject(new Error("none")),
    env: {},
    source: () => "urn:schelly:x",
  });
  const r = rig(channels, deliver, memoryOutbox(), clock);
  for (const name of names) r.outbox.add(name, `${name}-1`, NOW);
  r.courier.refresh();
  for (const name of names) r.courier.wake(name);
  // One a day goes to the channel that works.
  for (let day = 0; day < 3; day++) {
    await clock.advance(24 * HOUR);
    r.outbox.add("works", `works-${day + 2}`, clock.now());
    r.courier.wake("works");
    await clock.advance(1000);
  }
  const told = r.told();
  assert.deepEqual(told.filter((text) => text.startsWith("notify.failed")), [
    "notify.failed Cannot tell 'refuses': connection refused: it cannot be reached: see that its server runs, and that 'url' leads to it: it is tried again for two days (refuses-1)",
    "notify.failed Cannot tell 'redirects': it answers 302, a redirect, which is not followed: name the address it leads to: it is tried again for two days (redirects-1)",
    "notify.failed Cannot tell 'fails': it answers 500, trouble of its own: see its log: it is tried again for two days (fails-1)",
    "notify.failed Cannot tell 'hangs': it took longer than 15 s: it is tried again for two days (hangs-1)",
  ]);
  assert.equal(told.filter((text) => text.startsWith("notify.dropped")).length, 4);
  assert.match(
    told.join("\n"),
    /Gave up telling 'fails' after two days: it answers 500, trouble of its own: see its log \(fails-1\)/,
  );
  assert.doesNotMatch(told.join("\n"), /s3cret|elsewhere/);
  assert.equal(r.outbox.rows.size, 0);
  const works = arrived.filter(({ name }) => name === "works").map(({ at }) => Math.floor(at / HOUR));
  assert.deepEqual(works, [0, 24, 48, 72]);
  assert.equal(arrived.some(({ name }) => name === "elsewhere"), false);
  // Backoff to an hour: some fifty tries in two days.
  const tries = arrived.filter(({ name }) => name === "fails").length;
  assert.ok(tries > 45 && tries < 75, `${tries}`);
  await r.courier[Symbol.asyncDispose]();
});

test("a message that is never taken does not keep those after it", async () => {
  const taken: string[] = [];
  const r = rig([slack("a")], (_, { notice }) => {
    if (notice.title === "poison") return Promise.reject(new Error("it answers 400"));
    taken.push(notice.title);
    return Promise.resolve();
  });
  r.outbox.add("a", "1", NOW, "poison");
  r.outbox.add("a", "2", NOW + 1);
  r.courier.wake("a");
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(taken, ["2"]);
  await r.courier[Symbol.asyncDispose]();
});

test("once a channel takes messages again, all that waited goes out at once, and a trial that is taken ends the wait", async () => {
  const taken: string[] = [];
  let refuses = true;
  const r = rig([slack("a")], (_, { notice }) => {
    if (refuses) return Promise.reject(new Error("it answers 503"));
    taken.push(notice.title);
    return Promise.resolve();
  });
  for (const title of ["1", "2", "3"]) r.outbox.add("a", title, NOW);
  r.courier.wake("a");
  await r.clock.advance(5 * HOUR);
  assert.ok([...r.outbox.rows.values()].some(({ nextAt }) => nextAt > r.clock.now() + 10 * MINUTE));
  refuses = false;
  r.courier.tryNow("a");
  await r.clock.advance(1_000);
  assert.deepEqual(taken.sort(), ["1", "2", "3"]);
  assert.equal(r.outbox.rows.size, 0);
  await r.courier[Symbol.asyncDispose]();
});

test("a message that was on its way when the process died goes out again, under the same id", async () => {
  const seen: string[] = [];
  const outbox = memoryOutbox();
  const clock = new FakeClock(NOW);
  outbox.add("a", "one", NOW);
  // It arrives, and the process dies before it learns of that: nothing is saved any more.
  const dying = rig(
    [slack("a")],
    (_, { id }) => {
      seen.push(id);
      return new Promise(() => {});
    },
    outbox,
    clock,
  );
  dying.courier.wake("a");
  await clock.advance(1000);
  assert.equal(outbox.rows.get("one")!.attempts, 1, "saved before it was sent");
  const next = rig([slack("a")], (_, { id }) => Promise.resolve(void seen.push(id)), outbox, clock);
  await clock.advance(MINUTE);
  assert.deepEqual(seen, ["one", "one"]);
  await next.courier[Symbol.asyncDispose]();
});

test("a state that cannot be written sends nothing and ends nothing", async () => {
  const taken: string[] = [];
  const outbox = memoryOutbox();
  const { tried } = outbox;
  outbox.tried = () => Promise.reject(new Error("disk full"));
  const r = rig([slack("a")], taking(taken), outbox);
  r.outbox.add("a", "1", NOW);
  r.courier.wake("a");
  await r.clock.advance(5 * MINUTE);
  assert.deepEqual(taken, []);
  outbox.tried = tried;
  await r.clock.advance(MINUTE);
  assert.deepEqual(taken, ["a 1"]);
  await r.courier[Symbol.asyncDispose]();
});

test("an edit of the channel is tried at once", async () => {
  const channels = [slack("a", "http://wrong/")];
  const taken: string[] = [];
  const r = rig(channels, (channel) => {
    if (channel.type === "slack" && channel.url === "http://wrong/") {
      return Promise.reject(new Error("it answers 404"));
    }
    return Promise.resolve(void taken.push(channel.name));
  });
  r.outbox.add("a", "1", NOW);
  r.courier.wake("a");
  await r.clock.advance(40 * MINUTE);
  channels[0] = slack("a", "http://right/");
  r.courier.refresh();
  await r.clock.advance(2 * MINUTE);
  assert.deepEqual(taken, ["a"]);
  await r.courier[Symbol.asyncDispose]();
});

test("what was not taken before quiet hours does not come in them", async () => {
  const taken: string[] = [];
  const r = rig([slack("a")], taking(taken));
  quiet.now = true;
  r.outbox.add("a", "1", NOW);
  r.courier.wake("a");
  await r.clock.advance(9 * HOUR);
  assert.deepEqual(taken, []);
  quiet.now = false;
  await r.clock.advance(MINUTE);
  assert.deepEqual(taken, ["a 1"]);
  await r.courier[Symbol.asyncDispose]();
});
