// Values for completions: what a server knows, as tokens that no shell misreads, and silence where there is any trouble.

import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/cli/program.ts";
import { type Answer, fakeHost, type FakeHostOptions, jsonAnswer } from "../support/fake_host.ts";

const SERVER = "http://127.0.0.1:8080";

async function complete(args: string[], answer: Answer | undefined, options: FakeHostOptions = {}) {
  const host = fakeHost({ servers: answer === undefined ? {} : { [SERVER]: answer }, ...options });
  const code = await main(["complete", ...args], host);
  return { code, out: host.out(), err: host.err(), requests: host.requests };
}

const answering = (path: string, body: unknown): Answer => (request) =>
  new URL(request.url).pathname === path ? jsonAnswer(body) : jsonAnswer({});

test("jobs, providers, ids and channels come with what tells a person which is which", async () => {
  const jobs = answering("/jobs", [
    { job: "files", schedule: "0 0 2 * * *", health: { state: "ok" }, provider: "nas" },
    { job: "db", schedule: "0 0 3 * * *", provider: "nas" },
    { job: "box", provider: "tape" },
  ]);
  assert.equal((await complete(["jobs"], jobs)).out, "files\t0 0 2 * * * ok\ndb\t0 0 3 * * *\nbox\t\n");
  assert.equal((await complete(["providers"], jobs)).out, "nas\tof files\ntape\tof box\n");
  const row = { job: "db", status: "available", state: "available", start_time: "2026-11-22T03:00:00.123Z" };
  const runs = await complete(["runs"], answering("/runs", [{ ...row, run_id: "019ac3d2-1" }]));
  assert.equal(runs.out, "019ac3d2-1\tdb available 2026-11-22T03:00:00Z\n");
  assert.match(runs.requests.at(-1)!, /\/runs\?limit=\d\d$/);
  const backups = await complete(
    ["backups"],
    answering("/backups", [
      { ...row, id: "new" },
      { ...row, id: "gone", status: "deleted" },
      { ...row, id: "old" },
    ]),
  );
  assert.deepEqual(backups.out.split("\n").map((line) => line.split("\t")[0]), ["new", "old", ""]);
  const channels = answering("/notify", { channels: [{ name: "phone", type: "ntfy" }], rules: [] });
  assert.equal((await complete(["channels"], channels)).out, "phone\tntfy\n");
});

test("what a shell could misread is not offered, and nothing that steers a terminal is printed", async () => {
  const ids = [
    "$(touch x)",
    "`x`",
    "a b",
    "-rf",
    "a;b",
    "a\tb",
    "a'b",
    "~x",
    "a*",
    "{a,b}",
    "",
    "good:1@x/2",
  ];
  const rows = ids.map((id) => ({ id, job: "\x1b[31mred\t\n", status: "available" }));
  const { out } = await complete(["backups"], answering("/backups", rows));
  assert.ok(out.startsWith("good:1@x/2\t") && out.split("\n").length === 2 && !out.includes("\x1b"), out);
});

test("no server, a refusal, another program, a wrong configuration: exit 0 and not a word", async () => {
  const troubles: [string, Answer | undefined, FakeHostOptions?][] = [
    ["no server", undefined],
    ["a refusal", () => jsonAnswer({ detail: "It needs a token" }, 401)],
    ["another program", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["another shape", () => jsonAnswer([{ job: 7 }])],
    ["no configuration", undefined, {
      files: { "/home/me/schelly.yaml": "jobs: 7\nserver: { listn: x }\n" },
    }],
    ["no token file", undefined, { env: { SCHELLY_SERVER: "nonsense" } }],
  ];
  for (const [what, answer, options] of troubles) {
    const { code, out, err } = await complete(["jobs"], answer, options);
    assert.deepEqual([code, out, err], [0, "", ""], what);
  }
  assert.deepEqual(
    await complete(
      ["jobs", "--", "jobs", "pause", "--token-file", "/nowhere"],
      answering("/jobs", [{ job: "a" }]),
    )
      .then(({ code, out, err }) => [code, out, err]),
    [0, "", ""],
  );
});

test("a server that does not answer is not waited for", async () => {
  const host = fakeHost({ servers: { [SERVER]: () => new Promise<Response>(() => {}) } });
  const ended = main(["complete", "jobs"], host);
  await host.clock.settle();
  await host.clock.advance(300);
  assert.equal(await ended, 0);
  assert.deepEqual([host.out(), host.err()], ["", ""]);
});

test("the server is the one that the line names, however it was typed", async () => {
  const there = answering("/jobs", [{ job: "there" }]);
  const ask = async (...line: string[]) => {
    const host = fakeHost({
      servers: { "http://other:1": there, "unix:/home/me/s.sock": there },
      env: { HOME: "/home/me" },
    });
    assert.equal(await main(["complete", "jobs", "--", ...line], host), 0);
    return host.out();
  };
  for (
    const line of [
      ["jobs", "show", "--server", "http://other:1"],
      ["jobs", "show", "--server=http://other:1"],
      ["jobs", "show", "--server", "'http://other:1'"],
      ["jobs", "--socket", "~/s.sock", "show"],
      ["jobs", "--json", "--socket", '"/home/me/s.sock"'],
    ]
  ) {
    assert.equal(await ask(...line), "there\t\n", line.join(" "));
  }
  assert.equal(await ask("jobs", "show"), "", "another one is not asked");
});
