// The host over HTTP: our own client on it keeps the whole contract, and odd callers are answered in words.
// Also tests answers.ts, backups.ts, bodies.ts, callers.ts, stray_calls.ts, metrics.ts and request_body.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpProvider } from "../../../src/provider/client/http_provider.ts";
import { createProviderHandler } from "../../../src/provider/server/server.ts";
import { type HostName, openHostName } from "../../../src/provider/server/stray_calls.ts";
import type { ProviderAuth } from "../../../src/provider/server/callers.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { testProvider } from "../../contracts/provider.ts";
import { callOf, HandBackuper, openHost, tempFolder, until } from "../../support/backup_rig.ts";
import { endlessBody } from "../../support/endless_body.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const BASE = "http://provider/backups";
const JSON_TYPE = { "Content-Type": "application/json" };

function clientOf(http: (request: Request) => Promise<Response>) {
  return createHttpProvider(
    {
      kind: "http",
      key: "served",
      formerly: [],
      maxConcurrent: 1,
      timeouts: { createMs: 5_000, getMs: 5_000, deleteMs: 5_000 },
      pollIntervalMs: 1_000,
      verifyBeforeDelete: true,
      url: BASE,
      headers: {},
      createBody: undefined,
      deleteBody: undefined,
    },
    { http, clock: systemClock, sink: { emit() {} } },
  );
}

testProvider("a served backup host", async ({ slow }) => {
  const folder = await tempFolder();
  const backuper = new HandBackuper().withStorage();
  backuper.atOnce = !slow;
  const host = await openHost(folder.path, backuper);
  return {
    provider: clientOf(createProviderHandler(host, { clock: systemClock })),
    pass: () => systemClock.sleep(1),
    async close() {
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});

async function served(
  options: { auth?: ProviderAuth; hostnames?: string[]; hostName?: HostName; blind?: boolean } = {},
) {
  const folder = await tempFolder();
  const backuper = new HandBackuper();
  if (!options.blind) backuper.withStorage();
  const host = await openHost(folder.path, backuper);
  const handler = createProviderHandler(host, { clock: systemClock, ...options });
  const call = (method: string, path: string, init: RequestInit = {}) =>
    handler(new Request(path.startsWith("/") ? `http://provider${path}` : path, { method, ...init }));
  return {
    backuper,
    host,
    call,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("POST answers 202 as the original's providers do, also to a caller without headers or body", async () => {
  await using rig = await served();
  const answer = await rig.call("POST", "/backups");
  assert.equal(answer.status, 202);
  const { id, status, data_id } = await answer.json();
  assert.deepEqual([status, data_id], ["running", id]);
  const seen = await (await rig.call("GET", `/backups/${id}`)).json();
  assert.equal(seen.status, "running");
});

test("POST while one runs answers 409 with the running id", async () => {
  await using rig = await served();
  const { id } = await (await rig.call("POST", "/backups")).json();
  const answer = await rig.call("POST", "/backups");
  assert.equal(answer.status, 409);
  assert.equal((await answer.json()).id, id);
});

test("POST echoes the run, whose quoted key means the same, and refuses the key with another body", async () => {
  await using rig = await served();
  const send = (key: string, body: string) =>
    rig.call("POST", "/backups", { headers: { "Idempotency-Key": key, ...JSON_TYPE }, body });
  const first = await (await send("run-1", '{"a":1}')).json();
  assert.equal(first.run_id, "run-1");
  assert.equal((await (await send('"run-1"', '{ "a": 1 }')).json()).id, first.id);
  const other = await send("run-1", '{"a":2}');
  assert.equal(other.status, 422);
  assert.match((await other.json()).error, /another body/);
  const found = await (await rig.call("GET", "/backups?run_id=run-1")).json();
  assert.deepEqual(found.map((one: { id: string }) => one.id), [first.id]);
  assert.deepEqual(await (await rig.call("GET", "/backups?run_id=run-2")).json(), []);
});

test("bad bodies and headers are refused in words, and nothing is started", async () => {
  await using rig = await served();
  const table: [string, RequestInit, number, RegExp][] = [
    ["no JSON", { body: "{nope" }, 400, /is not JSON/],
    ["too large", { body: `"${"x".repeat(1024 * 1024)}"` }, 413, /over 1048576 bytes/],
    ["too deep", { body: "[".repeat(500_000) + "]".repeat(500_000) }, 400, /nested deeper/],
    ["no UTF-8", { body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, /is not JSON/],
    ["odd fence", { headers: { "X-Schelly-Fence": "-1" } }, 400, /X-Schelly-Fence/],
    ["odd slot", { headers: { "X-Schelly-Slot": "yesterday" } }, 400, /X-Schelly-Slot/],
  ];
  for (const [name, init, status, message] of table) {
    const headers = { ...JSON_TYPE, ...init.headers as Record<string, string> };
    const answer = await rig.call("POST", "/backups", { ...init, headers });
    assert.equal(answer.status, status, name);
    assert.match((await answer.json()).error, message, name);
  }
  assert.equal(rig.host.totals().started, 0);
});

test("nothing is read of a body whose sender is not let in, or that nobody can take", async () => {
  const right = { Authorization: "Bearer s3cret" };
  const cases: [method: string, path: string, headers: Record<string, string>, status: number][] = [
    ["POST", "/backups", {}, 401],
    ["POST", "/nope", {}, 401],
    ["POST", "/nope", right, 404],
    ["PUT", "/backups", right, 405],
    ["POST", "/backups/some-id", right, 405],
    ["POST", "/metrics", right, 405],
    ["POST", "/backups", { ...right, "X-Schelly-Fence": "-1" }, 400],
    ["POST", "/backups", { ...right, "Content-Type": "text/plain" }, 415],
    ["DELETE", "/backups/some-id", { ...right, "Content-Type": "application/x-www-form-urlencoded" }, 415],
    ["POST", "/backups", { ...right, "Content-Length": "1048577" }, 413],
  ];
  for (const [method, path, headers, status] of cases) {
    await using rig = await served({ auth: { bearer: "s3cret" } });
    const { seen, init } = endlessBody(new Uint8Array(1024));
    const answer = await rig.call(method, path, {
      ...init,
      headers: { "Content-Length": "1000", ...headers },
    });
    assert.equal(answer.status, status, `${method} ${path}`);
    assert.equal(seen.pulls, 0, `${method} ${path}`);
    // What was not read would be taken for the next request.
    assert.equal(answer.headers.get("Connection"), "close", `${method} ${path}`);
  }
});

test("a body may be of no kind, as the original's callers send it, or of JSON, and of no other", async () => {
  for (const type of [undefined, "application/json", "Application/JSON; charset=utf-8"]) {
    await using rig = await served();
    const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
    const body = new TextEncoder().encode('{"a":1}');
    assert.equal((await rig.call("POST", "/backups", { body, headers })).status, 202, String(type));
  }
  await using rig = await served();
  const headers = { "Content-Type": "text/plain" };
  // Nothing announced it, as may be over HTTP/2.
  const answer = await rig.call("POST", "/backups", { body: '{"a":1}', headers });
  assert.equal(answer.status, 415);
  assert.match(
    (await answer.json()).error,
    /as text\/plain: expected 'Content-Type: application\/json', or none/,
  );
  // Nothing is of no kind.
  assert.equal((await rig.call("POST", "/backups", { headers })).status, 202);
});

test("a body that drips in too slowly is given up", async () => {
  await using folder = await tempFolder();
  const clock = new FakeClock(Date.UTC(2026, 10, 20));
  await using host = await openHost(folder.path, new HandBackuper(), { clock });
  const handler = createProviderHandler(host, { clock });
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
  });
  const answer = handler(new Request(BASE, { method: "POST", body }));
  await clock.advance(30_000);
  assert.equal((await answer).status, 408);
});

test("GET and DELETE tell unknown (404) from deleted (410), and DELETE cancels a running one", async () => {
  await using rig = await served();
  assert.equal((await rig.call("GET", "/backups/nothing")).status, 404);
  assert.equal((await rig.call("DELETE", "/backups/nothing")).status, 404);
  assert.equal((await rig.call("GET", "/backups/%ff")).status, 404);
  const { id } = await (await rig.call("POST", "/backups")).json();
  await until("it began", () => rig.backuper.makings.length === 1);
  assert.equal((await rig.call("DELETE", `/backups/${id}`)).status, 200);
  assert.ok(rig.backuper.last.task.signal.aborted);
  assert.equal((await rig.call("GET", `/backups/${id}`)).status, 410);
  assert.equal((await rig.call("DELETE", `/backups/${id}`)).status, 410);
});

test("OPTIONS names the extensions; other methods and paths are refused", async () => {
  await using rig = await served();
  const options = await rig.call("OPTIONS", "/backups");
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("Schelly-Provider"), "idempotency, list, lookup, fence");
  const put = await rig.call("PUT", "/backups");
  assert.equal(put.status, 405);
  assert.equal(put.headers.get("Allow"), "GET, HEAD, OPTIONS, POST");
  assert.equal((await rig.call("GET", "/elsewhere")).status, 404);
  assert.equal((await rig.call("GET", "/livez")).status, 200);
});

test("/metrics counts what became of the backups", async () => {
  await using rig = await served();
  rig.backuper.atOnce = true;
  await rig.host.create(callOf("run-1"));
  await until("it ended", () => rig.host.totals().available === 1);
  const text = await (await rig.call("GET", "/metrics")).text();
  assert.match(text, /^schelly_provider_backups_running 0$/m);
  assert.match(text, /^schelly_provider_backups_total\{status="available"\} 1$/m);
});

test("a lower fence is answered 412", async () => {
  await using rig = await served();
  rig.backuper.atOnce = true;
  const send = (fence: string) =>
    rig.call("POST", "/backups", { headers: { "X-Schelly-Fence": fence, "X-Schelly-Job": "a" } });
  assert.equal((await send("3")).status, 202);
  await until("it ended", () => rig.host.totals().running === 0);
  assert.equal((await send("2")).status, 412);
  assert.equal((await send("3")).status, 202);
});

test("with auth only the right secret is served, by bearer or by header; livez is open", async () => {
  for (
    const [auth, right, wrong] of [
      [{ bearer: "s3cret" }, { Authorization: "Bearer s3cret" }, { Authorization: "Bearer s3cre" }],
      [{ header: "X-Api-Key", value: "k" }, { "X-Api-Key": "k" }, { "X-Api-Key": "kk" }],
    ] as const
  ) {
    await using rig = await served({ auth });
    assert.equal((await rig.call("GET", "/backups", { headers: right as HeadersInit })).status, 200);
    assert.equal((await rig.call("GET", "/backups", { headers: wrong as HeadersInit })).status, 401);
    assert.equal((await rig.call("POST", "/backups")).status, 401);
    assert.equal((await rig.call("GET", "/livez")).status, 200);
    assert.equal(rig.host.totals().started, 0);
  }
});

test("what a storage cannot tell of is 503 to a GET and a refusal to a DELETE, never 404", async () => {
  await using rig = await served({ blind: true });
  const seen = await rig.call("GET", "/backups/some-id");
  assert.equal(seen.status, 503);
  assert.match((await seen.json()).error, /^Cannot tell how backup 'some-id' is: /);
  const refused = await rig.call("DELETE", "/backups/some-id");
  assert.equal(refused.status, 422);
  assert.match((await refused.json()).error, /^Cannot delete backup 'some-id', nor tell how /);
  const client = clientOf(createProviderHandler(rig.host, { clock: systemClock }));
  const checks = await client.check();
  assert.deepEqual(checks.filter(({ ok }) => !ok), [], "that is no trouble of the provider");
});

test("a Backuper that throws what nobody foresaw is answered 500 in words", async () => {
  await using rig = await served();
  rig.backuper.get = () => {
    throw new TypeError("undefined is not a function");
  };
  const answer = await rig.call("GET", "/backups/some-id");
  assert.equal(answer.status, 503);
  assert.match((await answer.json()).error, /undefined is not a function/);
});

test("without a token a name that a stranger may have pointed here is refused, with one any name is served", async () => {
  await using open = await served({ hostnames: ["Backup.example.com"] });
  const calls = [["GET", ""], ["POST", ""], ["DELETE", "/some-id"], ["OPTIONS", ""]] as const;
  for (const host of ["evil.example", "127.0.0.1.evil.example:7070", "a.b."]) {
    for (const [method, path] of calls) {
      const answer = await open.call(method, `http://${host}/backups${path}`);
      assert.equal(answer.status, 421, `${method} ${host}`);
      assert.match(
        (await answer.json()).error,
        new RegExp(`The host '${host}' is not one of this provider's names`),
      );
    }
    assert.equal((await open.call("GET", `http://${host}/metrics`)).status, 421);
    assert.equal((await open.call("GET", `http://${host}/livez`)).status, 200);
  }
  assert.equal(open.host.totals().started, 0);
  // As compose, Kubernetes and people name it.
  for (
    const host of [
      "schelly-restic:7070",
      "localhost:7070",
      "127.0.0.1:7070",
      "[::1]",
      "restic.backups.svc:7070",
      "restic.backups.svc.cluster.local",
      "backup.example.com:7070",
    ]
  ) assert.equal((await open.call("GET", `http://${host}/backups`)).status, 200, host);

  await using closed = await served({ auth: { bearer: "s3cret" } });
  const headers = { Authorization: "Bearer s3cret" };
  assert.equal((await closed.call("GET", "http://any.example/backups", { headers })).status, 200);
});

test("without a token no page of a stranger starts or deletes anything", async () => {
  await using rig = await served();
  const id = (await (await rig.call("POST", "/backups")).json()).id;
  const pages: Record<string, string>[] = [
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: "http://provider:3000" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site", Origin: "http://provider" },
  ];
  for (const headers of pages) {
    for (const [method, path] of [["POST", "/backups"], ["DELETE", `/backups/${id}`]] as const) {
      const answer = await rig.call(method, path, { headers });
      assert.equal(answer.status, 403, `${method} ${JSON.stringify(headers)}`);
    }
  }
  assert.equal(rig.host.totals().started, 1);
  assert.equal((await (await rig.call("GET", `/backups/${id}`)).json()).status, "running");
});

test("a GET that no cache may answer asks the storage, whatever its maker said of a new backup", async () => {
  await using rig = await served();
  rig.backuper.atOnce = true;
  const client = clientOf((request) => rig.call(request.method, request.url, { headers: request.headers }));
  const { id } = await rig.host.create(callOf("run-1"));
  await until("its end", async () => {
    const answer = await client.get(id);
    return answer.found === "yes" && answer.backup.state === "available";
  });
  rig.backuper.storage!.clear();
  assert.equal((await client.get(id)).found, "yes");
  assert.equal((await client.get(id, { anew: true })).found, "no");
  const status = async (words: string) => {
    const answer = await rig.call("GET", `/backups/${id}`, { headers: { "Cache-Control": words } });
    await answer.body?.cancel();
    return answer.status;
  };
  assert.deepEqual([await status("max-age=0, No-Cache"), await status("max-age=60")], [404, 200]);
});

test("a call that is meant for another host is refused before anything is done, whatever it asks", async () => {
  await using rig = await served({ hostName: await openHostName(["web-1", "web-1.example.org"], null) });
  const meant = (host: string) => ({ headers: { "X-Schelly-Host": host } });
  const id = (await (await rig.call("POST", "/backups", meant("WEB-1"))).json()).id;
  for (const [method, path] of [["POST", ""], ["GET", `/${id}`], ["DELETE", `/${id}`], ["OPTIONS", ""]]) {
    const answer = await rig.call(method!, `/backups${path}`, meant("web-2"));
    assert.equal(answer.status, 421, `${method} ${path}`);
    assert.match(
      (await answer.json()).error,
      /meant for the host 'web-2', and this is 'web-1', 'web-1\.example\.org': nothing was done; check the address/,
    );
  }
  assert.equal(rig.host.totals().running, 1, "neither ended nor a second one");
  // Whoever names none is let in, as are those of a host that has no name.
  assert.equal((await rig.call("GET", `/backups/${id}`)).status, 200);
  await using nameless = await served();
  assert.equal((await nameless.call("POST", "/backups", meant("web-2"))).status, 202);
});

test("a host that was told no name keeps to the one by which it is first asked for a backup", async () => {
  const kept = new Map<string, string>();
  let full = true;
  const notes = {
    read: (name: string) => Promise.resolve(kept.get(name)),
    write: (name: string, text: string) =>
      full ? Promise.reject(new Error("disk full")) : Promise.resolve(void kept.set(name, text)),
    toForget: (name: string) => `remove '${name}.json'`,
  };
  const meant = (host: string) => ({ headers: { "X-Schelly-Host": host } });
  {
    await using rig = await served({ hostName: await openHostName(undefined, notes) });
    // Whoever only looks says nothing of who it is.
    assert.equal((await rig.call("OPTIONS", "/backups", meant("other"))).status, 204);
    assert.equal((await rig.call("POST", "/backups", meant("web-1"))).status, 503, "not before it is kept");
    assert.equal(rig.host.totals().running, 0);
    full = false;
    const answers = await Promise.all(
      ["web-1", "web-2"].map((host) => rig.call("POST", "/backups", meant(host))),
    );
    assert.deepEqual(answers.map(({ status }) => status), [202, 421]);
    assert.match(
      (await answers[1]!.json()).error,
      /this is 'web-1', by the first call that it took: nothing was done; .*with --host web-2 if that is its name now/,
    );
    assert.equal((await rig.call("GET", "/backups/x", meant("web-2"))).status, 421);
    assert.equal((await rig.call("GET", "/backups/x")).status, 404);
  }
  await using again = await served({ hostName: await openHostName(undefined, notes) });
  assert.equal((await again.call("GET", "/backups/x", meant("web-2"))).status, 421, "also after a restart");
  assert.equal((await again.call("GET", "/backups/x", meant("web-1"))).status, 404);
  await using renamed = await served({ hostName: await openHostName(["web-2"], notes) });
  assert.equal(
    (await renamed.call("GET", "/backups/x", meant("web-2"))).status,
    404,
    "what it is told counts",
  );
  kept.set("host", "?");
  await assert.rejects(openHostName(undefined, notes), /Cannot read the name .*: remove 'host\.json'/);
});
