// The state store on a libSQL server: the program that SCHELLY_TEST_SQLD names. Also tests write/taken_over.ts.

import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { test } from "node:test";
import type { Clock } from "../../src/ports/host.ts";
import { type OpenStore, openStore } from "../../src/store/run_store.ts";
import { testRunStore } from "../contracts/run_store.ts";
import { testLease } from "../contracts/run_store_lease.ts";
import { at, tempFolder } from "../support/node_files.ts";
import { requireFile } from "../support/require_tool.ts";
import { startStrongServer } from "../support/store_server.ts";
import { audited } from "./audit/rig.ts";
import {
  addJobs,
  backup,
  change,
  decision,
  event,
  insert,
  NOW,
  type Place,
  storeOptions,
} from "./fixture.ts";

const server = requireFile("SCHELLY_TEST_SQLD", "a libSQL server");

if (!("path" in server)) {
  test("the store keeps its contract on a libSQL server", { skip: server.skip }, () => {});
} else {
  const binary = server.path;
  testRunStore("server", () => serverPlace(binary));
  testLease("server", () => serverPlace(binary), true);

  test("server: a store that another one has taken over changes nothing any more", () =>
    at(serverPlace(binary), async (place) => {
      const first = await place.open();
      await addJobs(first, "db");
      const second = await openStore(storeOptions(place.url));
      const late = first.commit(change({ write: "insert", run: decision(NOW) }));
      await assert.rejects(late, {
        kind: "fenced",
        message:
          /another Schelly has taken it over at 2026-03-01T00:00:00.000Z \(epoch 2, this one has epoch 1\)/,
      });
      assert.deepEqual((await second.runs({ limit: 9 })).items, []);
      await insert(second, decision(NOW));
      assert.equal((await second.runs({ limit: 9 })).items.length, 1);
      await second[Symbol.asyncDispose]();
    }));

  test("server: a lost answer leaves it unknown whether the change was saved", () =>
    at(serverPlace(binary), async (place) => {
      let lose = false;
      const options = storeOptions(place.url);
      const store = await openStore({
        ...options,
        async http(request) {
          const response = await options.http(request);
          if (!lose) return response;
          await response.body?.cancel();
          throw new TypeError("connection reset");
        },
      });
      await addJobs(store, "db");
      const run = backup();
      lose = true;
      const saved = store.commit(change({ write: "insert", run }));
      await assert.rejects(saved, { kind: "unknown", message: /not known whether/ });
      await assert.rejects(() => store.run(run.runId), { kind: "failed" });
      lose = false;
      // It was saved, and saying it again is harmless.
      assert.deepEqual(await store.run(run.runId), run);
      assert.deepEqual(await insert(store, run), [{ result: "done" }]);
      assert.deepEqual((await store.runs({ limit: 9 })).items, [run]);
    }));

  test("server: one that does not answer is given up on", () =>
    at(serverPlace(binary), async (place) => {
      let hang = false;
      const options = storeOptions(place.url);
      const store = await openStore({
        ...options,
        clock: limited(options.clock, () => hang ? 5 : 9_000),
        http: (request) =>
          hang
            ? new Promise((_, reject) =>
              request.signal.addEventListener("abort", () => reject(request.signal.reason))
            )
            : options.http(request),
      });
      await addJobs(store, "db");
      hang = true;
      await assert.rejects(() => insert(store, backup()), { kind: "unknown" });
      hang = false;
      assert.deepEqual(await insert(store, decision(NOW)), [{ result: "done" }]);
    }));

  test("server: one that went back in time under the program takes no more changes, and the next start knows", () =>
    at(serverPlace(binary), async (place) => {
      const store = await place.open();
      await addJobs(store, "db");
      await place.keep();
      const run = backup();
      await insert(store, run);
      await place.putBack();
      const late = store.commit(change({ write: "run", runId: run.runId, set: { message: "late" } }));
      await assert.rejects(late, { kind: "replaced", message: /went back in time under this program/ });
      const next = await place.open();
      assert.match(next.restored!, /older than the one that ran last/);
      assert.deepEqual((await next.latched()).map(({ guard }) => guard), ["restored_store"]);
      await insert(next, backup());
      assert.equal((await place.open()).restored, null, "what was latched stays; there is nothing new");
    }));

  test("server: an empty one, and another one at its place, are known at the next start", () =>
    at(serverPlace(binary), async (place) => {
      const options = {
        ...storeOptions(place.url),
        markFolder: place.markFolder,
      };
      await addJobs(await place.open(), "db");
      await place.empty();
      const emptied = await openStore(options);
      assert.match(emptied.restored!, /is new, but another one was here before/);
      const first = emptied.fence;
      await emptied[Symbol.asyncDispose]();
      await place.empty();
      // Somebody else's, and in use for longer than ours.
      for (let boot = 0; boot < 3; boot++) {
        const stranger = await openStore({ ...options, markFolder: undefined });
        await addJobs(stranger, "theirs");
        await stranger[Symbol.asyncDispose]();
      }
      const other = await openStore(options);
      assert.match(other.restored!, /is another one than the last time/);
      assert.deepEqual((await other.latched()).map(({ job, guard }) => [job, guard]), [[
        "theirs",
        "restored_store",
      ]]);
      assert.ok(other.fence > first, "providers refuse a fence lower than one that they have seen");
      await other[Symbol.asyncDispose]();
    }));

  test("server: a lost answer is no sign of going back in time", () =>
    at(serverPlace(binary), async (place) => {
      const options = { ...storeOptions(place.url), markFolder: place.markFolder };
      for (const isSaved of [true, false]) {
        let lose = false;
        const store = await openStore({
          ...options,
          async http(request) {
            if (lose && !isSaved) throw new TypeError("connection reset");
            const response = await options.http(request);
            if (!lose) return response;
            await response.body?.cancel();
            throw new TypeError("connection reset");
          },
        });
        await addJobs(store, "db");
        lose = true;
        await assert.rejects(() => insert(store, backup()), { kind: "unknown" });
        await assert.rejects(() => insert(store, backup()), { kind: "unknown" });
        lose = false;
        assert.deepEqual(await insert(store, backup()), [{ result: "done" }]);
        await store[Symbol.asyncDispose]();
        const next = await place.open();
        assert.equal(next.restored, null);
        await next[Symbol.asyncDispose]();
      }
    }));

  test("server: the audit trail stays whole whatever becomes of answers", () =>
    at(serverPlace(binary), async (place) => {
      const options = storeOptions(place.url);
      let fate: "kept" | "lost" | "answer lost" = "kept";
      const store = await openStore({
        ...options,
        async http(request) {
          if (fate === "lost") throw new TypeError("connection reset");
          const response = await options.http(request);
          if (fate === "kept") return response;
          await response.body?.cancel();
          throw new TypeError("connection reset");
        },
      });
      const tell = (n: number) => store.commit({ job: "", writes: [], events: [audited(n), event()] });
      await tell(1);
      for (const own of ["answer lost", "lost", "answer lost"] as const) {
        fate = own;
        await assert.rejects(tell(2), { kind: "unknown" });
        fate = "kept";
        assert.deepEqual(await tell(3), { result: "done" });
      }
      const odd = 'an "odd" text \u0001 😀 \u2028';
      await store.commit({ job: "", writes: [], events: [audited(4, { message: odd, job: odd })] });
      const report = await store.trail.verify(await store.trail.head());
      assert.deepEqual([report.trouble, report.events, report.proof?.result], [null, 7, "proved"]);
      await store[Symbol.asyncDispose]();
      const kept = { plainMs: 1, auditMs: 1 };
      await using next = await openStore({ ...options, http: fetch, eventsKept: () => kept });
      assert.equal((await next.trail.verify(null)).events, 7);
      await next.tidy(NOW + 10);
      const { trouble, pruned } = await next.trail.verify(null);
      assert.deepEqual([trouble, pruned, (await next.events({ limit: 99 })).length], [null, 6, 2]);
    }));

  test("server: one that cannot be reached is named, without its token", async () => {
    const options = { ...storeOptions("http://user:secret@127.0.0.1:9/db?authToken=hush"), token: "hush" };
    await assert.rejects(() => openStore(options), (error: Error) => {
      assert.match(error.message, /http:\/\/127\.0\.0\.1:9\/db/);
      assert.doesNotMatch(error.message, /secret|hush/);
      return true;
    });
  });
}

/** The clock with a limit of its own for each request. */
function limited(clock: Clock, limitMs: () => number): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    uptime: () => clock.uptime(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    yield: () => clock.yield(),
    timeout: () => ({ signal: AbortSignal.timeout(limitMs()), dispose() {} }),
  };
}

interface ServerPlace extends Place {
  /** Where this machine keeps the mark. */
  markFolder: string;
  /** Copies what the server has, and puts that back later; the server is down meanwhile. */
  keep(): Promise<void>;
  putBack(): Promise<void>;
  /** Another server is there, which has nothing. */
  empty(): Promise<void>;
}

async function serverPlace(path: string): Promise<ServerPlace> {
  const folder = tempFolder();
  const data = `${folder.path}/data`;
  const server = await startStrongServer(path, data);
  const { url } = server;
  const whileDown = async (work: () => void) => {
    await server.kill();
    work();
    await server.start();
    // A server forgets it when it starts again.
    await server.set({ durability_mode: "strong" });
  };
  const open: OpenStore[] = [];
  return {
    url,
    markFolder: folder.path,
    async open(events) {
      const store = await openStore({ ...storeOptions(url, events), markFolder: folder.path });
      open.push(store);
      return store;
    },
    keep: () => whileDown(() => cpSync(data, `${data}.kept`, { recursive: true })),
    putBack: () =>
      whileDown(() => {
        rmSync(data, { recursive: true });
        cpSync(`${data}.kept`, data, { recursive: true });
      }),
    empty: () => whileDown(() => rmSync(data, { recursive: true })),
    async [Symbol.asyncDispose]() {
      for (const store of open) await store[Symbol.asyncDispose]();
      await server.kill();
      folder[Symbol.dispose]();
    },
  };
}
