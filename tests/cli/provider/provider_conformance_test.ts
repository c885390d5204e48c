// `schelly provider test`: asks before it makes backups, says what to fix, and ends with the code that fits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../../src/cli/program.ts";
import { CHECKS } from "../../../src/provider/conformance/conformance.ts";
import { json, mockOn, played, type Serve } from "../../support/conformance_rig.ts";
import { type FakeHost, fakeHost, type FakeHostOptions } from "../../support/fake_host.ts";

const URL_OF_IT = "http://provider/backups";

interface Wanted extends FakeHostOptions {
  settings?: Record<string, unknown>;
  /** Between the tester and the mock. */
  between?: (request: Request, mock: Serve, host: FakeHost) => Promise<Response>;
  url?: string;
}

async function tested(args: string[], { settings, between, url = URL_OF_IT, ...options }: Wanted = {}) {
  const requests: Request[] = [];
  const host: FakeHost = fakeHost({
    ...options,
    servers: {
      "http://provider": (request) => {
        requests.push(request.clone());
        return between === undefined ? serve(request) : between(request, serve, host);
      },
    },
  });
  const serve = await mockOn(host, settings);
  const code = await played(host, main(["provider", "test", url, ...args], host));
  return { code, out: host.out(), err: host.err(), host, requests, questions: host.questions };
}

const posts = (requests: Request[]) => requests.filter(({ method }) => method === "POST");

test("provider test prints every check and ends with 0 when none failed", async () => {
  const { code, out, err } = await tested(["--yes"]);
  assert.equal(code, 0, out);
  const lines = out.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.split(/ +/)[1]), CHECKS.map(({ name }) => name));
  assert.match(out, /^pass +start +202 '[^']+' running after 0 ms$/m);
  assert.match(out, /^skipped +restart +no --restart-command was given$/m);
  assert.match(err, /^This starts up to 5 real backups at http:\/\/provider\/backups, cancels some/);
  assert.match(err, /42 passed, 0 failed, 10 skipped; all 4 backups removed\.\n$/);
});

test("provider test asks on a terminal, and starts nothing when the answer is no", async () => {
  const no = await tested([], { tty: true, confirms: false });
  assert.deepEqual([no.code, posts(no.requests).length], [1, 0]);
  assert.match(no.questions[0]!, /real backups at http:\/\/provider\/backups.*Go on\?/);
  const yes = await tested([], { tty: true, confirms: true });
  assert.equal(yes.code, 0);
  assert.ok(yes.out.includes("\x1b[32mpass   "), "a terminal gets colour");
  const nobody = await tested([]);
  assert.deepEqual([nobody.code, posts(nobody.requests).length], [2, 0]);
  assert.match(nobody.err, /This needs --yes/);
});

test("provider test of what changes nothing asks nobody", async () => {
  const { code, out, requests } = await tested(["--only", "unknown-get,odd-ids", "--skip", "odd-ids"]);
  assert.deepEqual([code, out, posts(requests).length], [
    0,
    `pass     ${"unknown-get".padEnd(24)}  404\n`,
    0,
  ]);
});

test("provider test ends with 1 and shows what was sent, what came back and what to fix", async () => {
  const { code, out } = await tested(["--yes", "--only", "unknown-get"], {
    between: () => Promise.resolve(json({ status: "running" })),
  });
  assert.equal(code, 1);
  assert.match(
    out,
    new RegExp([
      "^fail     unknown-get               expected 404",
      "         clause     GET of an id that was never given answers 404 \\(503: it cannot tell\\)",
      "         sent       GET http://provider/backups/no-such-backup-\\S+",
      '         came back  200 after 0 ms: {"status":"running"}',
      "         mend       answer 404, and nothing else, when there surely is no such backup\n$",
    ].join("\n")),
  );
});

test("provider test ends with 1 when something is left behind, and says what", async () => {
  const { code, err } = await tested(["--yes", "--only", "start"], {
    between: (request, mock) => request.method === "DELETE" ? Promise.resolve(json({}, 500)) : mock(request),
  });
  assert.equal(code, 1);
  assert.match(
    err,
    /^left behind: backup "[^"]+" of run \S+: its DELETE was answered '500 after 0 ms: \{\}'/m,
  );
  assert.match(err, /1 passed, 0 failed, 0 skipped; not all backups removed\./);
});

const BASE_EXTENSIONS = ["idempotency", "list", "lookup", "fence"];

test("provider test --json prints the report, --junit writes it", async () => {
  const { code, out, host } = await tested(["--yes", "--json", "--junit", "/home/me/junit.xml"]);
  assert.equal(code, 0);
  const report = JSON.parse(out);
  assert.deepEqual(
    [report.url, report.extensions, report.failed, report.checks.length, report.left],
    [URL_OF_IT, [...BASE_EXTENSIONS, "verify", "restore", "browse"], 0, CHECKS.length, []],
  );
  assert.match(await host.files.readText("/home/me/junit.xml"), /<testsuite .*failures="0"/);
});

test("provider test ends with 4 when nobody answers", async () => {
  const { code, err } = await tested(["--yes"], { url: "http://nobody.test/backups" });
  assert.equal(code, 4);
  assert.match(err, /^schelly: No provider answers at http:\/\/nobody.test\/backups: connection refused/);
});

test("provider test sends the token, the headers and the bodies it was given", async () => {
  const args = [
    "--token-file",
    "/t",
    "--header",
    "X-Tenant: a",
    "--create-body",
    "@/b.json",
    "--failing-body",
    "1",
  ];
  const files = { "/t": "secret\n", "/b.json": '{"path": "/data"}' };
  const between: Wanted["between"] = (request, mock) =>
    request.headers.get("authorization") === "Bearer secret"
      ? mock(request)
      : Promise.resolve(json({ error: "who are you?" }, 401));
  const { code, out, requests } = await tested(["--yes", ...args, "--skip", "failed-backup"], {
    files,
    between,
  });
  assert.equal(code, 0, out);
  assert.match(out, /^pass +credentials +without credentials it answers 401$/m);
  const [start] = posts(requests);
  assert.deepEqual([start!.headers.get("x-tenant"), await start!.json()], ["a", { path: "/data" }]);
});

test("provider test tells why the restart command failed", async () => {
  const { code, out } = await tested(["--yes", "--only", "restart", "--restart-command", "docker restart p"]);
  assert.equal(code, 1);
  assert.match(out, /sent {7}the restart command\n {9}came back {2}no programs here/);
});

test("provider test that is interrupted removes what it made and ends with 130", async () => {
  const { code, out, err } = await tested(["--yes"], {
    between(request, mock, host) {
      if (request.method === "POST") host.signal("SIGINT");
      return mock(request);
    },
  });
  assert.equal(code, 130);
  assert.match(out, /^skipped +available +interrupted$/m);
  assert.match(err, /Interrupted: removing what was made/);
  assert.match(err, /all 1 backups removed\.\n$/);
});

const WRONG: [args: string[], says: RegExp, url?: string][] = [
  [[], /is not an http URL.*did you mean http:\/\/host:7070\?/, "host:7070"],
  [["--only", "strat"], /Cannot use --only strat: there is no such check: expected some of credentials, /],
  [["--only", "start", "--skip", "start"], /leave no check to be done/],
  [["--create-body", "{a: 1}"], /Cannot read --create-body: expected JSON/],
  [["--create-body", "@/nowhere"], /Cannot read --create-body @\/nowhere/],
  [["--header", "no colon"], /Cannot send the --header '': expected 'Name: value'/],
  [["--header", "X-Ä: 1"], /Cannot send the --header 'X-Ä'/],
  [["--timeout", "soon"], /such as 90s/],
  [["--restore-to", "here"], /Cannot restore to here: expected an absolute folder/],
];

for (const [args, says, url] of WRONG) {
  test(`provider test answers 2 and explains: ${url ?? ""}${args.join(" ")}`, async () => {
    const { code, err, requests } = await tested([...args, "--yes"], { url });
    assert.match(err, says);
    assert.deepEqual([code, requests.length], [2, 0]);
  });
}
