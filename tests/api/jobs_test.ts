// /jobs: state, start, pause, check, forecast, retention and its approval.
// Also tests retention.ts.
// Also tests inputs.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OverBudget, TooBusy } from "../../src/domain/errors.ts";
import { ForecastView } from "../../src/ports/views/forecast.ts";
import { JobView } from "../../src/ports/views/job.ts";
import { RetentionView } from "../../src/ports/views/retention.ts";
import { testRetention } from "../support/fake_operations.ts";
import { problemOf, testApi } from "../support/test_api.ts";

const ADMIN = { name: "socket", role: "admin", isLocal: true };

function body(value: unknown): RequestInit {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

test("GET /jobs and /jobs/{job} show the jobs", async () => {
  const { ask, operations } = testApi();
  operations.names = ["db", "web"];
  const jobs = await (await ask("GET /jobs")).json();
  assert.deepEqual(jobs.map((job: unknown) => JobView.parse(job).job), ["db", "web"]);
  assert.equal((await (await ask("GET /jobs/web")).json()).job, "web");
});

test("GET /jobs?limit= answers a page, and leads to the next", async () => {
  const { ask, operations } = testApi();
  operations.names = ["db", "web", "files"];
  const page = await ask("GET /jobs?limit=2");
  assert.deepEqual((await page.json()).map(({ job }: JobView) => job), ["db", "web"]);
  const next = /<([^>]+)>; rel="next"/.exec(page.headers.get("link")!)![1]!;
  const last = await ask(`GET ${next}`);
  assert.deepEqual([await last.json(), last.headers.get("link")], [[
    await (await ask("GET /jobs/files")).json(),
  ], null]);
  for (const odd of ["limit=0", "limit=10001", "limit=x", "page=2"]) {
    assert.equal((await ask(`GET /jobs?${odd}`)).status, 400, odd);
  }
});

test("every endpoint of a job answers 404 for one that is not configured, naming those that are", async () => {
  const { ask } = testApi();
  const lines = [
    "GET /jobs/nope",
    "POST /jobs/nope/trigger",
    "POST /jobs/nope/pause",
    "POST /jobs/nope/resume",
    "POST /jobs/nope/check",
    "GET /jobs/nope/forecast",
    "GET /jobs/nope/retention",
    "POST /jobs/nope/retention",
  ];
  for (const line of lines) {
    const problem = await problemOf(await ask(line));
    assert.equal(problem.status, 404, line);
    assert.match(problem.detail, /'nope': expected 'db'/, line);
  }
  assert.equal((await ask("POST /jobs/nope/retention/approve", body({ digest: "d" }))).status, 404);
});

test("POST /jobs/{job}/trigger starts that job like POST /backups does", async () => {
  const { ask, operations } = testApi();
  operations.names = ["db", "web"];
  const response = await ask("POST /jobs/web/trigger", { headers: { "idempotency-key": "k" } });
  assert.equal(response.status, 202);
  assert.deepEqual(operations.calls[0], { name: "trigger", args: ["web", ADMIN, "k"] });
});

test("POST /jobs/{job}/pause takes a reason and an end, or neither", async () => {
  const { ask, operations } = testApi();
  await ask("POST /jobs/db/pause", body({ reason: "moving house", until: "2026-03-02T00:00:00Z" }));
  assert.equal((await ask("POST /jobs/db/pause")).status, 200);
  await ask("POST /jobs/db/pause", { headers: { "content-type": "application/json" } });
  assert.deepEqual(operations.calls.map((call) => call.args[2]), [
    { reason: "moving house", until: Date.UTC(2026, 2, 2) },
    {},
    {},
  ]);
  const view = await (await ask("POST /jobs/db/resume")).json();
  assert.equal(view.paused, false);
});

test("POST /jobs/{job}/pause refuses an end in the past, wrong fields and wrong types by name", async () => {
  const { ask, operations } = testApi();
  const cases: [unknown, string, RegExp][] = [
    [{ until: "2026-02-28" }, "until", /past/],
    [{ until: "tomorrow" }, "until", /'tomorrow': expected ISO 8601/],
    [{ until: "2026-03-02T00:00:00" }, "until", /with a zone/],
    [{ reason: "" }, "reason", /expected a reason/],
    [{ reason: "a\nb" }, "reason", /control characters/],
    [{ reasons: "x" }, "reasons", /is not known: expected reason, until/],
    [[], "body", /expected an object/],
  ];
  for (const [sent, field, message] of cases) {
    const problem = await problemOf(await ask("POST /jobs/db/pause", body(sent)));
    assert.equal(problem.status, 400);
    assert.equal(problem.errors?.[0]?.field, field);
    assert.match(problem.errors?.[0]?.message ?? "", message);
  }
  assert.deepEqual(operations.calls, []);
});

test("POST /jobs/{job}/check answers what the provider's check found", async () => {
  const { ask } = testApi();
  assert.deepEqual(await (await ask("POST /jobs/db/check")).json(), [
    { name: "answers", ok: true, message: "it answers", remedy: null },
  ]);
});

test("POST /jobs/{job}/check asks for a dry run only when told so", async () => {
  const { ask, operations } = testApi();
  await ask("POST /jobs/db/check");
  await ask("POST /jobs/db/check?dry_run=true");
  assert.deepEqual(operations.calls.map(({ args }) => args), [["db", false], ["db", true]]);
  assert.equal((await ask("POST /jobs/db/check?dry_run=maybe")).status, 400);
});

test("GET /jobs/{job}/forecast looks as far as the server sees fit, or until the given instant, or to the last of the dates", async () => {
  const { ask, operations } = testApi();
  ForecastView.parse(await (await ask("GET /jobs/db/forecast")).json());
  await ask("GET /jobs/db/forecast?until=2027-01-01");
  await ask("GET /jobs/db/forecast?at=2026-06-01,2026-05-01&at=2026-07-01T12:00:00Z");
  const may = Date.UTC(2026, 4, 1);
  const june = Date.UTC(2026, 5, 1);
  const july = Date.UTC(2026, 6, 1, 12);
  assert.deepEqual(operations.calls.map((call) => call.args[1]), [
    { until: null },
    { until: Date.UTC(2027, 0, 1) },
    { until: july, dates: [june, may, july] },
  ]);
});

test("GET /jobs/{job}/forecast hands on what is to be tried out, and says why it cannot be", async () => {
  const { ask, operations } = testApi();
  await ask("GET /jobs/db/forecast?until=2027-01-01&policy=daily%3D7,weekly%3D4&schedule=0+0+*+*+*+*");
  assert.deepEqual(operations.calls[0]!.args[1], {
    until: Date.UTC(2027, 0, 1),
    policy: "daily=7,weekly=4",
    schedule: "0 0 * * * *",
  });
  operations.failure = new RangeError("Cannot read 'x' as a schedule: it has 1 field");
  const problem = await problemOf(await ask("GET /jobs/db/forecast?schedule=x"));
  assert.deepEqual([problem.status, problem.detail], [400, "Cannot read 'x' as a schedule: it has 1 field"]);
});

test("GET /jobs/{job}/forecast answers 422 for what is over its budget, and 503 when too many ask", async () => {
  const { ask, operations } = testApi();
  operations.failure = new OverBudget("Cannot forecast job 'db' until 2046: expected an end up to 2027");
  const over = await problemOf(await ask("GET /jobs/db/forecast?until=2045-01-01"));
  assert.deepEqual([over.status, over.detail], [422, operations.failure.message]);
  operations.failure = new TooBusy("Cannot begin: 8 wait already");
  const busy = await ask("GET /jobs/db/forecast");
  assert.equal(busy.headers.get("retry-after"), "10");
  assert.equal((await problemOf(busy)).status, 503);
});

test("GET /jobs/{job}/forecast refuses dates that are none, too many of them and what it does not know", async () => {
  const { ask } = testApi();
  const many = Array.from({ length: 101 }, () => "2027-01-01").join(",");
  for (
    const query of [
      "at=2026-02-30",
      "until=soon",
      `at=${many}`,
      "dates=2027-01-01",
      `policy=${"x".repeat(1001)}`,
    ]
  ) {
    assert.equal((await problemOf(await ask(`GET /jobs/db/forecast?${query}`))).status, 400, query);
  }
  assert.equal((await problemOf(await ask("GET /jobs/gone/forecast"))).status, 404);
});

test("GET and POST /jobs/{job}/retention show the decision and run a pass, dry or not", async () => {
  const { ask, operations } = testApi();
  RetentionView.parse(await (await ask("GET /jobs/db/retention")).json());
  await ask("POST /jobs/db/retention");
  await ask("POST /jobs/db/retention?dry_run=true");
  await ask("POST /jobs/db/retention?dry_run");
  await ask("POST /jobs/db/retention?dry_run=false");
  const passes = operations.calls.filter((call) => call.name === "runRetention");
  assert.deepEqual(passes.map((call) => call.args[2]), [false, true, true, false]);
});

test("GET /jobs/{job}/retention answers a page where one is asked for, with the way to the next", async () => {
  const { ask, operations } = testApi();
  operations.retentionCursor = "next";
  const response = await ask("GET /jobs/db/retention?limit=2&decision=remove");
  RetentionView.parse(await response.json());
  assert.match(response.headers.get("link")!, /limit=2&decision=remove&cursor=next>; rel="next"/);
  assert.deepEqual(operations.calls.at(-1), {
    name: "retentionPage",
    args: ["db", { limit: 2, cursor: undefined, decision: "remove" }],
  });
  assert.equal((await ask("GET /jobs/db/retention")).headers.get("link"), null);
  for (const query of ["limit=0", "limit=x", "decision=both", "limit=10001"]) {
    assert.equal((await problemOf(await ask(`GET /jobs/db/retention?${query}`))).status, 400, query);
  }
});

test("POST /jobs/{job}/retention never takes a misspelt dry_run for a real pass", async () => {
  const { ask, operations } = testApi();
  for (const query of ["dry_run=yes", "dry_run=1", "dry-run=true", "dryrun", "dry_run=true&dry_run=false"]) {
    assert.equal((await problemOf(await ask(`POST /jobs/db/retention?${query}`))).status, 400, query);
  }
  assert.deepEqual(operations.calls, []);
});

test("POST /jobs/{job}/retention/approve approves exactly the digest that was sent", async () => {
  const { ask, operations } = testApi();
  const response = await ask("POST /jobs/db/retention/approve", body({ digest: "d1" }));
  assert.equal((await response.json()).approved, true);
  assert.deepEqual(operations.calls[0], {
    name: "approveRetention",
    args: ["db", ADMIN, "d1", { limit: 10_000 }],
  });
});

test("POST /jobs/{job}/retention/approve answers 409 with the present set when it changed or nothing waits", async () => {
  const { ask, operations } = testApi();
  operations.approveOutcome = { outcome: "changed", view: testRetention("db", { digest: "d2" }) };
  const changed = await problemOf(await ask("POST /jobs/db/retention/approve", body({ digest: "d1" })));
  assert.equal(changed.status, 409);
  assert.equal(changed.retention?.digest, "d2");
  operations.approveOutcome = { outcome: "nothing", view: testRetention("db") };
  assert.match(
    (await problemOf(await ask("POST /jobs/db/retention/approve", body({ digest: "d1" })))).detail,
    /nothing to approve/,
  );
});

test("POST /jobs/{job}/retention/approve refuses a body without a digest, in another form, or none", async () => {
  const { ask, operations } = testApi();
  const line = "POST /jobs/db/retention/approve";
  const json = { "content-type": "application/json" };
  assert.equal((await problemOf(await ask(line))).errors?.[0]?.field, "digest");
  assert.equal(
    (await problemOf(await ask(line, body({ digest: 5 })))).errors?.[0]?.message.slice(0, 5),
    "is 5:",
  );
  assert.equal((await problemOf(await ask(line, { body: "{bad", headers: json }))).status, 400);
  assert.equal((await problemOf(await ask(line, { body: "digest=d1" }))).status, 415);
  assert.equal(
    (await problemOf(await ask(line, { body: "x".repeat(1024 * 1024 + 1), headers: json }))).status,
    413,
  );
  assert.deepEqual(operations.calls, []);
});
