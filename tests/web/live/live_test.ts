// What open pages hear, and that many of them cost what one does. Tests live_stream.ts and live_route.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobView } from "../../../src/ports/views/job.ts";
import { LiveStreams } from "../../../src/web/live/live_stream.ts";
import type { Look } from "../../../src/web/look.ts";
import { authOf } from "../../support/auth_of.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeOperations, testJob } from "../../support/fake_operations.ts";
import { MemoryReads } from "../../support/memory_reads.ts";
import { testWeb } from "../../support/test_web.ts";

function rig() {
  const clock = new FakeClock(0);
  const reads = new MemoryReads();
  const closing = new AbortController();
  const world = { jobs: [] as JobView[], looks: 0 };
  const { statusAnswer: status, latelyAnswer: lately } = new FakeOperations();
  const look = (): Promise<Look> => {
    world.looks++;
    return Promise.resolve({ jobs: world.jobs, status, lately, storage: { stored: 0, days: [] } });
  };
  const subscribe = (listener: () => void) => reads.subscribe(listener);
  const streams = new LiveStreams({ reads, clock, subscribe, closing: closing.signal, look });
  return { clock, reads, closing, world, streams };
}

/** Reads until a text comes that fits; the clock goes on meanwhile. */
function listenTo(stream: ReadableStream<Uint8Array>, clock: FakeClock) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const pump = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard += value;
    }
  })();
  return {
    ended: pump,
    cancel: () => reader.cancel(),
    async until(words: RegExp): Promise<string> {
      for (let tries = 0; !words.test(heard) && tries < 400; tries++) await clock.advance(100);
      assert.match(heard, words);
      const all = heard;
      heard = "";
      return all;
    },
  };
}

test("a change is told within a second, with the jobs it is of, and the number to go on from", async () => {
  const { clock, reads, streams } = rig();
  const page = listenTo((await streams.open(undefined, () => true))!, clock);
  await page.until(/retry: 2000\nid: 0\nevent: hello/);
  reads.addEvent({ type: "run.started", level: "info", at: 0, job: "home", message: "began" });
  const before = clock.monotonic();
  await page.until(/id: 1\nevent: changed\ndata: {"jobs":\["home"\]}/);
  assert.ok(clock.monotonic() - before <= 1_000);
  await page.cancel();
});

test("a page that comes back hears that it missed something, and one that missed nothing does not", async () => {
  const { clock, reads, streams } = rig();
  reads.addEvent({ type: "run.started", level: "info", at: 0, job: "home", message: "began" });
  const late = listenTo((await streams.open(0, () => true))!, clock);
  await late.until(/id: 1\nevent: hello\ndata: {}\n\nevent: changed\ndata: {"jobs":null}/);
  const right = listenTo((await streams.open(1, () => true))!, clock);
  assert.doesNotMatch(await right.until(/still here/), /changed/);
});

test("while something runs, how far it is is told each second; fifty pages look once", async () => {
  const { clock, reads, world, streams } = rig();
  const pages = await Promise.all(
    Array.from({ length: 50 }, async () => listenTo((await streams.open(undefined, () => true))!, clock)),
  );
  const running = (message: string) => ({ run_id: "r", state: "running" as const, since: null, message });
  world.jobs = [testJob("home", { running: running("1 %") })];
  reads.addEvent({ type: "run.started", level: "info", at: 0, job: "home", message: "began" });
  await pages[0]!.until(/changed/);
  const looks = world.looks;
  world.jobs = [testJob("home", { running: running("2 %") })];
  const before = clock.monotonic();
  await Promise.all(pages.map((page) => page.until(/event: progress/)));
  const seconds = (clock.monotonic() - before) / 1_000;
  assert.ok(world.looks - looks <= seconds + 2, `${world.looks - looks} looks in ${seconds} s`);
  for (const page of pages) await page.cancel();
});

test("a stream ends with its session and with the server; nothing is looked at once nobody listens", async () => {
  const { clock, closing, reads, streams } = rig();
  let isWelcome = true;
  const mine = listenTo((await streams.open(undefined, () => isWelcome))!, clock);
  const other = listenTo((await streams.open(undefined, () => true))!, clock);
  await mine.until(/hello/);
  isWelcome = false;
  reads.addEvent({ type: "run.started", level: "info", at: 0, job: "home", message: "began" });
  await other.until(/changed/);
  await mine.ended;
  closing.abort();
  await other.ended;
  assert.equal(await streams.open(undefined, () => true), undefined);
});

test("the stream is for those who may look, and ends when their session does", async () => {
  const { browser, handler, clock } = testWeb({
    auth: await authOf([{ name: "v", role: "viewer", token: "t" }]),
  });
  assert.equal((await browser().get("/ui/live")).status, 303);
  const one = browser();
  await one.send("/ui/login", { token: "t" });
  const request = new Request("http://localhost:8080/ui/live", { headers: { cookie: one.cookie } });
  const answer = await handler(request, { local: false, remote: "127.0.0.1:50000" });
  assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const page = listenTo(answer.body!, clock);
  await page.until(/hello/);
  await one.send("/ui/logout", {});
  await clock.advance(20_000);
  await page.ended;
});
