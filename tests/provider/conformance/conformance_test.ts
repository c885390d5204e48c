// The conformance tester passes what keeps the protocol, skips what a provider cannot do, and leaves nothing
// behind.
// Also tests junit.ts, options.ts, outcome.ts, probe.ts, restarting.ts, session.ts, session_extensions.ts,
// session_looks.ts, session_starts.ts and steps.ts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CHECKS, makesBackups } from "../../../src/provider/conformance/conformance.ts";
import { toJunit } from "../../../src/provider/conformance/junit.ts";
import {
  altered,
  BASE,
  createRig,
  examine,
  idOf,
  json,
  mockOn,
  named,
  played,
  type Rig,
  type Serve,
  troubles,
} from "../../support/conformance_rig.ts";

const RESTARTS = CHECKS.filter(({ group }) => group === "restart").map(({ name }) => name);

test("testConformance() passes a provider with every extension whole, and leaves nothing there", async () => {
  for (const settings of [{}, { odd_ids: true }, { max_concurrent: 3 }, { answer_delay: "500ms" }]) {
    const rig = createRig();
    const serve = await mockOn(rig, settings);
    const report = await examine(rig, serve);
    assert.deepEqual(
      named(report, "fail"),
      [],
      troubles(report),
    );
    assert.deepEqual(named(report, "skipped"), RESTARTS);
    assert.deepEqual(report.left, []);
    const rest = await played(rig, serve(new Request(BASE)));
    assert.deepEqual(await rest.json(), []);
  }
});

test("testConformance() passes a provider without extensions on the base, and skips the rest with a word", async () => {
  const rig = createRig();
  const report = await examine(rig, await mockOn(rig, { extensions: "none" }));
  assert.deepEqual(named(report, "fail"), []);
  assert.deepEqual(
    report.checks.filter(({ status }) => status === "skipped").map(({ name }) => name),
    CHECKS.filter(({ group, name }) => group !== "base" || name === "extensions").map(({ name }) => name),
  );
  for (const { detail } of report.checks) assert.notEqual(detail, "");
  assert.deepEqual([report.extensions, report.left], [[], []]);
});

test("testConformance() skips what a backup is too quick for", async () => {
  const rig = createRig();
  const serve = await mockOn(rig, { duration: "0s" });
  const report = await examine(rig, async (request) => {
    const answer = await serve(request);
    if (request.method === "POST") await rig.clock.sleep(1);
    return answer;
  });
  assert.deepEqual(named(report, "fail"), []);
  assert.deepEqual(named(report, "skipped"), ["second-start", "cancel", ...RESTARTS]);
  assert.match(
    report.checks.find(({ name }) => name === "cancel")!.detail,
    /--create-body that takes longer/,
  );
});

test("testConformance() waits for another's backup to end instead of calling the provider wrong", async () => {
  const rig = createRig();
  const serve = await mockOn(rig, { duration: "20s" });
  assert.equal((await serve(new Request(BASE, { method: "POST" }))).status, 202);
  const report = await examine(rig, serve);
  assert.deepEqual(named(report, "fail"), []);
  const rest = await (await serve(new Request(BASE))).json();
  assert.deepEqual(
    rest.map(({ status }: { status: string }) => status),
    ["available"],
    "that one is still there",
  );
});

test("testConformance() does only what was chosen, and what that builds on", async () => {
  const rig = createRig();
  const serve = await mockOn(rig);
  const run = { chosen: new Set(["delete", "unknown-get"]) };
  const report = await examine(rig, serve, { run });
  assert.deepEqual(report.checks.map(({ name, status }) => [name, status]), [
    ["unknown-get", "pass"],
    ["delete", "pass"],
  ]);
  const broken: Serve = async (request) => request.method === "POST" ? json({}, 400) : await serve(request);
  const failing = await examine(rig, broken, { run });
  assert.equal(failing.checks[1]!.status, "fail", "what it builds on is not among the checks");
  assert.match(failing.checks[1]!.detail, /expected 202/);
  assert.deepEqual([makesBackups(["unknown-get", "odd-ids"]), makesBackups(["unknown-get", "start"])], [
    false,
    true,
  ]);
});

test("testConformance() takes it that a provider cannot tell of what it does not know, and says so", async () => {
  const rig = createRig();
  const serve = await mockOn(rig);
  const untold: Serve = async (request) => {
    const answer = await serve(request);
    if (answer.status !== 404) return answer;
    return json({ error: "cannot tell" }, request.method === "DELETE" ? 422 : 503);
  };
  const report = await examine(rig, untold, {
    run: { chosen: new Set(["unknown-get", "unknown-delete", "odd-ids"]) },
  });
  assert.deepEqual(named(report, "skipped"), ["unknown-get", "unknown-delete", "odd-ids"]);
  for (const { detail } of report.checks) assert.match(detail, /^(503|422): it cannot tell/);
});

test("testConformance() that is interrupted skips the rest and removes what it made", async () => {
  const rig = createRig();
  const serve = await mockOn(rig);
  const stop = new AbortController();
  const report = await examine(rig, serve, {
    signal: stop.signal,
    run: { onOutcome: ({ name }) => name === "get-at-once" && stop.abort(new Error("interrupted")) },
  });
  assert.ok(named(report, "skipped").includes("available"));
  assert.deepEqual([report.made, report.left], [1, []]);
  assert.deepEqual(await (await serve(new Request(BASE))).json(), []);
});

test("testConformance() shows no secret of its headers", async () => {
  const rig = createRig();
  const serve = await mockOn(rig);
  const report = await examine(
    rig,
    async (request) => {
      const secret = request.headers.get("authorization");
      return request.method === "POST" ? json({ error: `no ${secret}` }, 403) : await serve(request);
    },
    { headers: { Authorization: "Bearer s3cret-token" } },
  );
  assert.ok(report.failed > 0);
  assert.doesNotMatch(JSON.stringify(report), /s3cret/);
});

test("testConformance() never touches a backup that was there before, whatever the provider answers", async () => {
  const rig = createRig();
  const serve = await mockOn(rig, { extensions: "list" });
  const started = await serve(new Request(BASE, { method: "POST" }));
  const { id } = await started.json();
  await rig.clock.advance(10_000);
  const report = await examine(rig, async (request) => {
    if (request.method === "POST") return json({ id, status: "running" }, 202);
    return await serve(request);
  });
  assert.deepEqual(named(report, "fail").slice(0, 1), ["start"], troubles(report));
  assert.match(report.left[0]!.why, /listed before the test began/);
  const rest = await (await serve(new Request(BASE))).json();
  assert.deepEqual(rest.map((one: { id: string; status: string }) => [one.id, one.status]), [[
    id,
    "available",
  ]]);
});

test("testConformance() finds the backup of a lost answer by its run, and says so where it cannot", async () => {
  for (const [extensions, left] of [["all", 0], ["none", 1]] as const) {
    const rig = createRig();
    const serve = await mockOn(rig, { extensions });
    const report = await examine(rig, async (request) => {
      const answer = await serve(request);
      if (request.method === "POST") {
        throw new TypeError("error sending request: client error (SendRequest): reset");
      }
      return answer;
    });
    assert.deepEqual(named(report, "fail"), ["start"]);
    assert.equal(report.left.length, left, JSON.stringify(report.left));
    if (left > 0) assert.match(report.left[0]!.why, /may have made a backup/);
    else assert.deepEqual(await (await serve(new Request(BASE))).json(), []);
  }
});

/** A mock that is killed and started again: `after` makes what answers from then on. */
async function restarted(after: (rig: Rig, before: Serve) => Promise<Serve>, settings = {}) {
  const rig = createRig();
  let serve = await mockOn(rig, settings);
  return await examine(rig, (request) => serve(request), {
    restart: async () => void (serve = await after(rig, serve)),
  });
}

test("testConformance() passes a provider that survives a restart", async () => {
  const report = await restarted((_, before) => Promise.resolve(before));
  assert.deepEqual(
    [named(report, "fail"), named(report, "skipped"), report.left],
    [[], [], []],
    troubles(report),
  );
});

test("testConformance() finds what a restart breaks", async () => {
  const forgetful = await restarted((rig) => mockOn(rig));
  assert.deepEqual(named(forgetful, "fail"), ["restart-keeps", "restart-idempotency"], troubles(forgetful));
  assert.match(forgetful.checks.find(({ name }) => name === "restart")!.detail, /taken for lost/);

  const stuck = await restarted((_, before) => {
    const running = new Set<string>();
    return Promise.resolve(async (request) => {
      const answer = await before(request);
      if (request.method === "POST" && running.size > 0) return json({}, 409);
      if (request.method !== "GET" || idOf(request) === undefined) return answer;
      return await altered(answer, (value) => {
        if (value.status === "running") running.add(value.id);
        return running.has(value.id) ? { ...value, status: "running" } : value;
      });
    });
  });
  assert.deepEqual(
    named(stuck, "fail"),
    ["restart", "restart-starts", "restart-idempotency"],
    troubles(stuck),
  );

  const dead = await restarted(() => Promise.reject(new Error("no such container")));
  assert.deepEqual(named(dead, "fail"), ["restart"]);
  assert.equal(dead.checks.find(({ name }) => name === "restart")!.received, "no such container");
});

test("toJunit() tells each check, escapes what providers say, and fails for what is left", async () => {
  const rig = createRig();
  const serve = await mockOn(rig);
  const report = await examine(rig, async (request) => {
    const answer = await serve(request);
    return request.method === "POST" && answer.status === 202
      ? json({ error: '<&"\u0007\u202egnihton\u2066\u200f' }, 400)
      : answer;
  });
  const xml = toJunit({ ...report, left: [{ id: "a<b", run_id: "r", why: "it is still there" }] });
  assert.match(
    xml,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuite name="schelly provider test http:/,
  );
  assert.match(xml, new RegExp(`tests="${CHECKS.length + 1}" failures="2" skipped="${report.skipped}"`));
  assert.match(xml, /<testcase classname="base" name="unknown-get" time="[\d.]+"\/>/);
  assert.match(xml, /<failure message="expected 202 \(or 200, 201\) to a POST">clause: /);
  assert.match(xml, /&lt;&amp;/);
  assert.match(xml, /a&lt;b \(run r\): it is still there/);
  // Neither what XML cannot hold, nor what would turn the direction of what is read.
  for (const mark of "\u0007\u202e\u2066\u200f") {
    assert.ok(!xml.includes(mark), mark.codePointAt(0)!.toString(16));
  }
  assert.match(xml, /gnihton/);
});

test("every check says its clause, and its name stands in the guide for authors of providers", () => {
  const guide = readFileSync(fileURLToPath(new URL("../../../docs/providers.md", import.meta.url)), "utf8");
  for (const { name, clause } of CHECKS) {
    assert.notEqual(clause, "");
    assert.ok(guide.includes(`\`${name}\``), `docs/providers.md names the check ${name}`);
  }
  assert.equal(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length);
});
