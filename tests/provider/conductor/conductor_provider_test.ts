// The built-in `conductor` against a server in memory: what each of its answers means, and what may be concluded.
// Also tests conductor_calls.ts, conductor_check.ts, conductor_doubt.ts, conductor_input.ts, conductor_removals.ts,
// conductor_starts.ts and workflow.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { ConductorProviderSpec } from "../../../src/domain/provider_spec.ts";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { CreateCall } from "../../../src/ports/provider.ts";
import { createConductorProvider } from "../../../src/provider/conductor/conductor_provider.ts";
import { conductorSpec } from "../../support/conductor_spec.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeConductor } from "../../support/fake_conductor.ts";

const START = Date.UTC(2026, 10, 28);
const RUN = "01a0ddff-6f20-7000-8001-00000000000b";

function rig(own: Partial<ConductorProviderSpec> = {}) {
  const clock = new FakeClock(START);
  const server = new FakeConductor(() => clock.now());
  const events: EngineEvent[] = [];
  const spec = conductorSpec("http://conductor:8080/api", {
    key: "cluster",
    headers: { "X-Authorization": "s3cret-token" },
    persistence: "sql",
    ...own,
  });
  const provider = createConductorProvider(spec, {
    http: server.http,
    clock,
    sink: { emit: (event) => void events.push(event) },
  });
  const call = (more: Partial<CreateCall> = {}): CreateCall => (
    { runId: RUN, job: "files", slot: null, fence: 1, body: undefined, ...more }
  );
  /** Plays the time that a deletion waits. */
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    const ended = work.finally(() => over = true);
    ended.catch(() => {});
    while (!over) await clock.advance(100);
    return await ended;
  };
  const remove = (id: string) => inTime(provider.delete(id, undefined, 1));
  return { clock, server, events, provider, call, remove };
}

const failure = (kind: string, words: RegExp, status?: number) => (error: unknown) => {
  assert.ok(error instanceof ProviderError);
  assert.equal(error.kind, kind, error.message);
  assert.match(error.message, words);
  if (status !== undefined) assert.equal(error.status, status);
  return true;
};

test("a backup is a workflow, by its id and our run id, with the names of the successor", async () => {
  const { server, provider, call } = rig({ workerConfig: "/etc/w", timeoutSeconds: 3600 });
  const begun = await provider.create(call({ body: { level: 3 } }));
  assert.deepEqual(server.starts, [{
    name: "create_backup",
    correlationId: RUN,
    input: { backupName: "files", workerConfig: "/etc/w", timeoutSeconds: 3600, level: 3 },
  }]);
  assert.deepEqual([begun.state, begun.runId, begun.job], ["running", RUN, "files"]);
  assert.match(begun.message!, /http:\/\/conductor:5000\/execution\/0{8}-/);

  server.end(begun.id, "COMPLETED", { dataId: "tape-7", dataSizeMB: "12.5" });
  const answer = await provider.get(begun.id);
  assert.ok(answer.found === "yes");
  const { state, dataId, sizeMb, runId } = answer.backup;
  assert.deepEqual([state, dataId, sizeMb, runId], ["available", "tape-7", 12.5, RUN]);
});

test("why a workflow failed is said in the worker's own words, with the page that shows it", async () => {
  const { server, provider, call } = rig();
  const { id } = await provider.create(call());
  const reason = `Task ${id} failed with status: FAILED and reason: 'disk full at /x'`;
  server.end(id, "FAILED", { dataId: null }, reason);
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes");
  assert.equal(answer.backup.state, "failed");
  assert.equal(
    answer.backup.message,
    `disk full at /x: workflow FAILED, http://conductor:5000/execution/${id}`,
  );
});

test("complete without an id of its data it is no backup: nobody could delete it", async () => {
  const { server, provider, call } = rig();
  const { id } = await provider.create(call());
  for (const dataId of [null, "", "a\0b", {}]) {
    server.end(id, "COMPLETED", { dataId });
    const answer = await provider.get(id);
    assert.ok(answer.found === "yes");
    assert.deepEqual([answer.backup.state, answer.backup.reason], ["failed", "no_data_id"]);
  }
});

test("what Conductor does not know is not therefore gone", async () => {
  const { server, provider, call, events } = rig();
  await assert.rejects(
    provider.get("11111111-aaaa"),
    failure("unknown", /may be archived or removed, or another server/, 503),
  );
  await assert.rejects(provider.get("a/b"), failure("unknown", /takes no such id in a path/, 503));
  await assert.rejects(
    provider.delete("11111111-aaaa", undefined, 1),
    failure("refused", /nobody knows which data/, 422),
  );
  assert.deepEqual(events.filter(({ type }) => type === "provider.odd"), []);

  // It is another server, or its history went: that it knows of no run is no proof any more.
  const { id } = await provider.create(call());
  assert.equal((await provider.capabilities()).lookup, true);
  server.workflows.clear();
  await assert.rejects(provider.get(id), failure("unknown", /does not know its workflow/, 503));
  assert.deepEqual(await provider.capabilities(), {
    idempotency: false,
    lookup: false,
    list: true,
    fence: false,
  });
  await assert.rejects(provider.lookup(RUN), failure("unknown", /lost sight/));
  assert.match(
    events.findLast(({ type }) => type === "provider.odd")!.message,
    /for an hour nothing is concluded/,
  );
});

test("starts of one run make one workflow: at once, again, and after a lost answer", async () => {
  const { server, provider, call } = rig();
  const [one, two] = await Promise.all([provider.create(call()), provider.create(call())]);
  const three = await provider.create(call());
  assert.deepEqual([two.id, three.id], [one.id, one.id]);
  assert.equal(server.starts.length, 1);
  await assert.rejects(
    provider.create(call({ body: { other: 1 } })),
    failure("refused", /another input/, 422),
  );

  const other = "01a0ddff-6f20-7000-8001-00000000000c";
  server.trouble = (method) => method === "POST" ? "lost" : undefined;
  await assert.rejects(
    provider.create(call({ runId: other })),
    failure("unknown", /whether the call took effect/),
  );
  server.trouble = () => undefined;
  const found = await provider.create(call({ runId: other }));
  assert.equal(server.starts.length, 2);
  assert.equal((await provider.lookup(other))?.id, found.id);
  assert.equal(await provider.lookup("01a0ddff-6f20-7000-8001-00000000000d"), undefined);
});

test("a start whose look fails has begun nothing", async () => {
  const { server, provider, call } = rig();
  server.trouble = (method) => method === "GET" ? new Response("oops", { status: 500 }) : undefined;
  await assert.rejects(provider.create(call()), failure("unsent", /look whether run/));
  assert.equal(server.starts.length, 0);
});

test("without persistence: sql nothing is promised, and a look that finds nothing says so", async () => {
  const { server, provider, call } = rig({ persistence: null });
  assert.deepEqual(await provider.capabilities(), {
    idempotency: false,
    lookup: false,
    list: true,
    fence: false,
  });
  await provider.create(call());
  assert.deepEqual(server.asked, ["POST /workflow"]);
  assert.equal((await provider.lookup(RUN))?.runId, RUN);
  await assert.rejects(
    provider.lookup("01a0ddff-6f20-7000-8001-00000000000d"),
    failure("unknown", /proves nothing/),
  );
});

test("definitions that are missing are named, with what registers them", async () => {
  const { server, provider, call } = rig();
  server.definitions.delete("create_backup");
  await assert.rejects(
    provider.create(call()),
    failure("refused", /No such workflow defined: 'create_backup' .* deploy\/conductor\/register\.sh/, 404),
  );
});

test("deleting starts a workflow with what made it was given, and is done once", async () => {
  const { server, provider, call, remove } = rig();
  const { id } = await provider.create(call({ body: { workerConfig: "w1" } }));
  server.end(id, "COMPLETED", { dataId: "tape-7", dataSizeMB: 1 });
  assert.equal(await remove(id), "deleted");
  const [, removal] = server.starts;
  assert.deepEqual(removal, {
    name: "remove_backup",
    correlationId: id,
    input: { workerConfig: "w1", backupName: "files", dataId: "tape-7" },
  });
  assert.deepEqual(await provider.get(id), { found: "gone" });
  assert.equal(await remove(id), "gone");
  assert.equal(server.starts.length, 2);
  assert.equal(await provider.lookup(RUN), undefined);
  await assert.rejects(
    provider.create(call({ body: { workerConfig: "w1" } })),
    failure("refused", /was deleted/, 422),
  );
});

test("a removal that takes long goes on, is not started twice, and its failure is told once", async () => {
  const { server, provider, call, remove } = rig();
  const { id } = await provider.create(call());
  server.end(id, "COMPLETED", { dataId: "d", dataSizeMB: 1 });
  server.removal = "running";
  assert.equal(await remove(id), "accepted");
  assert.equal(await remove(id), "accepted");
  const [removal, ...others] = server.of("remove_backup");
  assert.equal(others.length, 0);
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes");
  assert.match(answer.backup.message!, /its removal is under way/);

  server.end(removal!.workflowId, "FAILED", {}, "the tape is stuck");
  await assert.rejects(remove(id), failure("unknown", /^the tape is stuck: cannot delete/, 500));
  server.removal = "done";
  assert.equal(await remove(id), "deleted");
});

test("a removal that fails is no deletion, and says why in the worker's own words", async () => {
  const { server, provider, call, remove } = rig();
  const { id } = await provider.create(call());
  server.end(id, "COMPLETED", { dataId: "d", dataSizeMB: 1 });
  server.removal = "failed";
  await assert.rejects(
    remove(id),
    failure("unknown", /^the tape is stuck: cannot delete .* workflow FAILED/, 500),
  );
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes");
  assert.equal(answer.backup.state, "available");
});

test("a removal whose start was lost is found by the next", async () => {
  const { server, provider, call, remove } = rig();
  const { id } = await provider.create(call());
  server.end(id, "COMPLETED", { dataId: "d", dataSizeMB: 1 });
  server.trouble = (method) => method === "POST" ? "lost" : undefined;
  await assert.rejects(remove(id), failure("unknown", /whether the call took effect/));
  server.trouble = () => undefined;
  assert.equal(await remove(id), "gone");
  assert.equal(server.of("remove_backup").length, 1);
});

test("a running one is terminated, and what it left is removed by what it said before, or by its own id", async () => {
  const { server, provider, call, remove } = rig();
  const { id } = await provider.create(call());
  assert.equal(await remove(id), "accepted");
  const answer = await provider.get(id);
  assert.ok(answer.found === "yes");
  assert.equal(answer.backup.state, "failed");
  assert.match(
    answer.backup.message!,
    /^terminated \(cancelled by Schelly .*a worker that was at it may go on/,
  );
  assert.equal(await remove(id), "deleted");
  assert.equal(server.of("remove_backup")[0]!.input.dataId, id);

  // By hand, in Conductor, of one whose worker had said what it writes.
  const other = (await provider.create(call({ runId: "01a0ddff-6f20-7000-8001-00000000000e" }))).id;
  server.end(other, "TERMINATED", { dataId: "half" }, "by me");
  assert.equal(await remove(other), "deleted");
  assert.equal(server.of("remove_backup")[1]!.input.dataId, "half");
});

test("a cancel that comes too late says that the backup is kept", async () => {
  const { server, provider, call } = rig();
  const { id } = await provider.create(call());
  server.trouble = (method) => {
    if (method === "DELETE") server.end(id, "COMPLETED", { dataId: "d" });
    return undefined;
  };
  await assert.rejects(
    provider.delete(id, undefined, 1),
    failure("unsent", /ended just before: it is kept/, 409),
  );
});

test("the list has what is made and being made, over pages, less what was removed, by the successor too", async () => {
  const { server, provider, call, clock, remove } = rig();
  const ids: string[] = [];
  for (let i = 0; i < 205; i++) {
    const { id } = await provider.create(
      call({ runId: `01a0ddff-6f20-7000-8001-${String(i).padStart(12, "0")}` }),
    );
    server.end(id, "COMPLETED", { dataId: `d${i}`, dataSizeMB: 1 });
    ids.push(id);
  }
  assert.equal((await provider.list()).length, 205);
  await remove(ids[0]!);
  await clock.advance(1_000);
  await server.http(
    new Request("http://conductor:8080/api/workflow", {
      method: "POST",
      body: JSON.stringify({ name: "remove_backup", input: { backupName: "files", dataId: "d1" } }),
    }),
  );
  const listed = new Set((await provider.list()).map(({ id }) => id));
  assert.deepEqual([listed.size, listed.has(ids[0]!), listed.has(ids[1]!), listed.has(ids[2]!)], [
    203,
    false,
    false,
    true,
  ]);
});

test("a workflow of another name is none of ours", async () => {
  const { server, provider } = rig();
  server.definitions.add("payroll");
  const answer = await server.http(
    new Request("http://conductor:8080/api/workflow", {
      method: "POST",
      body: '{"name":"payroll","input":{}}',
    }),
  );
  const id = await answer.text();
  await assert.rejects(provider.get(id), failure("unknown", /is a 'payroll', not a 'create_backup'/));
  await assert.rejects(provider.delete(id, undefined, 1), failure("refused", /payroll/));
  assert.equal(server.workflows.get(id)!.status, "RUNNING");
});

test("two workflows of one run are told of, and the one that is there counts", async () => {
  const { server, provider, call, events } = rig();
  const start = () =>
    server.http(
      new Request("http://conductor:8080/api/workflow", {
        method: "POST",
        body: JSON.stringify({ name: "create_backup", correlationId: RUN, input: { backupName: "files" } }),
      }),
    ).then((answer) => answer.text());
  const [first] = [await start(), await start()];
  server.end(first!, "COMPLETED", { dataId: "d" });
  assert.equal((await provider.create(call())).id, first);
  assert.match(
    events.find(({ type }) => type === "provider.odd")!.message,
    /has 2 workflows .* of which one counts/,
  );
});

test("answers that are none conclude nothing: a wrong path, another workflow, a page of a gateway", async () => {
  const { server, provider, call } = rig();
  const { id } = await provider.create(call());
  const answers: [Response, string][] = [
    [new Response("<html>", { status: 200 }), "malformed"],
    [
      new Response(JSON.stringify({ ...server.workflows.get(id), workflowId: "x" }), { status: 200 }),
      "malformed",
    ],
    [new Response("{}", { status: 200 }), "malformed"],
    [new Response("bad gateway", { status: 502 }), "unknown"],
    [new Response("s3cret-token is wrong", { status: 401 }), "refused"],
  ];
  for (const [answer, kind] of answers) {
    server.trouble = () => answer;
    await assert.rejects(provider.get(id), (error: ProviderError) => {
      assert.equal(error.kind, kind, error.message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
});

test("a body that is no mapping is refused before anything is sent", async () => {
  const { server, provider, call } = rig();
  await assert.rejects(provider.create(call({ body: "fast" })), failure("refused", /no mapping/, 422));
  assert.deepEqual(server.asked, []);
});

test("check() says which definition is missing and which worker", async () => {
  const { server, provider, clock } = rig();
  server.definitions.delete("remove_backup");
  server.polls.set("backup", clock.now() - 4_000);
  const seen = await provider.check();
  assert.deepEqual(seen.map(({ name, ok }) => [name, ok]), [
    ["workflow create_backup", true],
    ["workflow remove_backup", false],
    ["worker backup", true],
    ["provider extensions", true],
  ]);
  assert.equal(seen[2]!.message, "a worker asked for it 4s ago");
  server.definitions.add("remove_backup");
  const without = (await provider.check()).find(({ name }) => name === "worker remove")!;
  assert.deepEqual([without.ok, without.message], [false, "no worker ever asked for this task: start one"]);
  server.trouble = () =>
    new TypeError("error sending request: client error (Connect): tcp connect error: Connection refused");
  assert.ok(
    (await provider.check()).slice(0, 2).every(({ ok, message }) => !ok && /onnection refused/.test(message)),
  );
});
