// Talking to a server: what is sent, how its refusals read, and what is not Schelly at all.
// Also tests answers.ts and refusals.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../../support/fake_host.ts";

const SERVER = "http://schelly.example:8080";

async function run(args: string[], answer: Answer, options: FakeHostOptions = {}) {
  const host = fakeHost({ ...options, servers: { [SERVER]: answer } });
  const code = await main([...args, "--server", SERVER], host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const problem = (status: number, body: Record<string, unknown>) => () =>
  jsonAnswer({ type: "about:blank", title: "T", status, ...body }, status);

const REFUSALS: [what: string, answer: Answer, code: number, says: RegExp][] = [
  [
    "a job that is not there",
    problem(404, { detail: "There is no job 'a': there are b, c" }),
    5,
    /^schelly: There is no job 'a': there are b, c; see 'schelly jobs list'\n$/,
  ],
  [
    "wrong fields",
    problem(400, {
      detail: "Cannot read the query",
      errors: [{ field: "until", message: "is odd" }, { field: "job", message: "is missing" }],
    }),
    2,
    /Cannot read the query; until: is odd; job: is missing; see 'schelly .*--help'\n/,
  ],
  [
    "fields that the detail already tells",
    problem(400, { detail: "'until' is odd", errors: [{ field: "until", message: "is odd" }] }),
    2,
    /^schelly: 'until' is odd; see 'schelly .*--help'\n$/,
  ],
  [
    "an id of several jobs",
    problem(409, {
      detail: "Several",
      candidates: [{ job: "a", run_id: "r1", id: "x" }, { job: "b", run_id: "r2", id: "x" }],
    }),
    1,
    /Several; run r1 of job a; run r2 of job b/,
  ],
  [
    "a run that the detail already names",
    problem(409, {
      detail: "Run r1 of 'a' is not finished yet",
      candidates: [{ job: "a", run_id: "r1", id: null }],
    }),
    1,
    /^schelly: Run r1 of 'a' is not finished yet\n$/,
  ],
  [
    "an invalid configuration",
    problem(422, {
      detail: "The configuration is not valid",
      errors: [{ field: "configuration", message: "a.yaml:3:5: jobs: too many" }],
    }),
    3,
    /a\.yaml:3:5: jobs: too many/,
  ],
  [
    "a missing token",
    problem(401, { detail: "This server needs a token" }),
    1,
    /needs a token; asked http:\/\/schelly\.example:8080: give a token by --token-file or SCHELLY_TOKEN/,
  ],
  [
    "a role that is too small",
    problem(403, { detail: "This needs the role admin" }),
    1,
    /needs the role admin; .*SCHELLY_TOKEN/,
  ],
  ["a store that fails", problem(503, { detail: "The state store failed: disk full" }), 1, /disk full/],
  [
    "escape sequences",
    problem(409, { detail: "\x1b[2J\nfake prompt$" }),
    1,
    /^schelly: \\u\{1b\}\[2J fake prompt\$\n$/,
  ],
  [
    "a page of another program",
    () => new Response("<html>", { status: 404, headers: { "content-type": "text/html" } }),
    4,
    /answered 404, not as Schelly does/,
  ],
  ["JSON of another program", () => jsonAnswer([1], 500), 4, /answered 500, not as Schelly does/],
  ["a page with status 200", () => new Response("<html>"), 4, /not as Schelly does/],
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: "https://login.example/" } }),
    4,
    /redirects to https:\/\/login\.example\//,
  ],
  ["an answer of another shape", () => jsonAnswer({ name: "a" }), 1, /'job': .*expected string/],
];

for (const [what, answer, code, says] of REFUSALS) {
  test(`a command tells of ${what} in one line`, async () => {
    const result = await run(["jobs", "show", "a"], answer);
    assert.match(result.err, says);
    assert.equal(result.code, code);
    assert.equal(result.err.trim().split("\n").length, 1);
    assert.equal(result.out, "");
  });
}

test("a server that is not there is one line with what was tried, exit 4", async () => {
  const host = fakeHost();
  assert.equal(await main(["jobs", "list", "--server", "http://gone.example:1"], host), 4);
  assert.equal(
    host.err(),
    "schelly: Cannot reach the server: tried http://gone.example:1 (connection refused): is `schelly run` running there?\n",
  );
});

test("a change whose answer is lost is not called undone", async () => {
  const lost: Answer = () => {
    throw new TypeError("error sending request for url (x): client error (SendRequest): connection closed");
  };
  const { code, err } = await run(["jobs", "resume", "a"], lost);
  assert.equal(code, 4);
  assert.match(err, /it may have been done all the same/);
});

test("a read gives up after 30 seconds", async () => {
  const silent: Answer = (request) =>
    new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
  const host = fakeHost({ servers: { [SERVER]: silent } });
  const done = main(["jobs", "list", "--server", SERVER], host);
  await host.clock.advance(30_000);
  assert.equal(await done, 4);
  assert.match(host.err(), /no answer in time/);
});

test("the token comes from --token-file before SCHELLY_TOKEN and never reaches the screen", async () => {
  const seen: (string | null)[] = [];
  const answer: Answer = (request) => {
    seen.push(request.headers.get("authorization"));
    return jsonAnswer([]);
  };
  const options = { env: { SCHELLY_TOKEN: "from-env" }, files: { "/t": "from-file\n" } };
  const first = await run(["jobs", "list", "--token-file", "/t"], answer, options);
  await run(["jobs", "list"], answer, options);
  await run(["jobs", "list"], answer);
  assert.deepEqual(seen, ["Bearer from-file", "Bearer from-env", null]);
  assert.doesNotMatch(first.out + first.err, /from-/);
});

test("a token that cannot stand in a header is refused by name, not by value", async () => {
  const { code, err } = await run(["jobs", "list"], () => jsonAnswer([]), {
    env: { SCHELLY_TOKEN: "two words" },
  });
  assert.equal(code, 2);
  assert.match(err, /Cannot use SCHELLY_TOKEN/);
  assert.doesNotMatch(err, /two words/);
});

test("names stand encoded in the path", async () => {
  const { requests } = await run(["backups", "show", "a/b?c#ä"], problem(404, { detail: "no" }));
  assert.deepEqual(requests, [`GET ${SERVER} /backups/a%2Fb%3Fc%23%C3%A4`]);
});

test("a prefix of the server's address stays before every path", async () => {
  const host = fakeHost({ servers: { "https://ops.example": () => jsonAnswer([]) } });
  assert.equal(await main(["jobs", "list", "--server", "https://ops.example/schelly/"], host), 0);
  assert.deepEqual(host.requests, ["GET https://ops.example /schelly/jobs?limit=1000"]);
});

const backup = (n: number) => ({
  id: `b${n}`,
  job: "a",
  run_id: `r${n}`,
  status: "available",
  start_time: null,
});

function paged(total: number, size: number): Answer {
  return (request) => {
    const { searchParams } = new URL(request.url);
    const from = Number(searchParams.get("cursor") ?? 0);
    const count = Math.min(size, Number(searchParams.get("limit") ?? size));
    const items = Array.from({ length: Math.min(count, total - from) }, (_, i) => backup(from + i));
    const next = from + count;
    // An absolute link to elsewhere: only its query may be followed.
    const link = `<https://evil.example/x?limit=${count}&cursor=${next}>; rel="next"`;
    return jsonAnswer(items, 200, next < total ? { link } : {});
  };
}

test("a list stops at its limit and says that there is more", async () => {
  const { code, out, err, requests } = await run(["backups", "list", "--limit", "5", "--json"], paged(12, 5));
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).length, 5);
  assert.match(err, /Only the newest 5 are shown: more with --limit or --all/);
  assert.deepEqual(requests, [`GET ${SERVER} /backups?limit=5`]);
});

test("a list with --all follows every page of the same server", async () => {
  const { out, err, requests } = await run(["backups", "list", "--all", "--json"], paged(12, 5));
  assert.deepEqual(
    JSON.parse(out).map(({ id }: { id: string }) => id),
    Array.from({ length: 12 }, (_, i) => `b${i}`),
  );
  assert.equal(err, "");
  assert.equal(requests.length, 3);
  assert.ok(requests.every((request) => request.startsWith(`GET ${SERVER} /backups`)));
});
