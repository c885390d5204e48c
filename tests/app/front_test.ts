// Which of the two answers behind one address: the page below /ui, the API everywhere else.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadFront } from "../../src/app/front.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSecrets } from "../support/fake_ids.ts";
import { FakeOperations } from "../support/fake_operations.ts";
import { trusting } from "../support/hand_watch.ts";
import { MemoryReads } from "../support/memory_reads.ts";

const HTML = "text/html,application/xhtml+xml;q=0.9";

async function front(basePath?: string) {
  const clock = new FakeClock(Date.UTC(2026, 2, 1));
  const reads = new MemoryReads();
  const handler = await loadFront({
    ...{ reads, clock, operations: new FakeOperations(), watch: trusting(clock), secrets: new FakeSecrets() },
    history: {
      jobDays: () => Promise.resolve(new Map()),
      storageDays: () => Promise.resolve({ stored: 0, days: [] }),
      backupCounts: () => Promise.resolve([]),
    },
    auth: () => ({ kind: "none" }),
    basePath: () => basePath,
    sink: { emit: () => {} },
    visits: { changed: () => Promise.resolve(), refused: () => {}, loggedIn: () => {} },
    version: "1.2.3",
    subscribe: (listener) => reads.subscribe(listener),
    closing: new AbortController().signal,
    address: () => undefined,
  });
  return async (path: string, accept = "*/*") => {
    const request = new Request(`http://localhost${path}`, { headers: { accept } });
    return await handler(request, { local: false, remote: "127.0.0.1:50000" });
  };
}

test("a browser at the address of the server is led to the page; programs get there what they ever got", async () => {
  const ask = await front();
  const led = await ask("/", HTML);
  assert.deepEqual([led.status, led.headers.get("location"), led.headers.get("vary")], [
    302,
    "/ui/",
    "accept",
  ]);
  for (const accept of ["*/*", "application/json", "application/json, text/html"]) {
    assert.equal((await (await ask("/", accept)).json()).name, "Schelly");
  }
  assert.match((await ask("/ui/")).headers.get("content-type")!, /text\/html/);
});

test("every path of the API stays its own, also for a browser", async () => {
  const ask = await front();
  for (const path of ["/jobs", "/backups", "/status", "/uis", "/jobs/ui"]) {
    assert.match((await ask(path, HTML)).headers.get("content-type")!, /json/, path);
  }
});

test("below a base path both are found, and the browser is led below it", async () => {
  const ask = await front("/schelly");
  assert.equal((await ask("/schelly/", HTML)).headers.get("location"), "/schelly/ui/");
  assert.equal((await ask("/schelly/ui/")).status, 200);
  assert.equal((await ask("/schelly/jobs")).status, 200);
});
