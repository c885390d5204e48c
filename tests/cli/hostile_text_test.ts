// Texts that others chose, shown by every command: no line of theirs can pass for one of ours, and nothing in them
// steers a terminal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { githubAnnotation } from "../../src/cli/config/github_annotation.ts";
import { planMarkdown } from "../../src/cli/config/plan_markdown.ts";
import { main } from "../../src/cli/program.ts";
import { displayOf } from "../../src/cli/terminal/render.ts";
import { fakeHost } from "../support/fake_host.ts";
import { testRun } from "../support/memory_reads.ts";
import { testApi } from "../support/test_api.ts";

const SERVER = "http://127.0.0.1:8080";
/** New lines, a cleared screen, a set title, 8-bit controls, text turned round, and text that nobody sees. */
const HOSTILE =
  "x\r\nFORGED line\r\x1b[2J\x1b]0;title\x07\u0085\u009b31m\u202egnp.exe\u2066\u2028\u061c\u200b\ufeff\x7f";
/** What our own colours are, and nothing else. */
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[\d+m/g;
// deno-lint-ignore no-control-regex
const STEERING = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

function assertTame(what: string, text: string): void {
  const plain = text.replace(COLOURS, "");
  assert.doesNotMatch(plain, STEERING, `${what}: ${JSON.stringify(plain)}`);
  assert.doesNotMatch(plain, /^\s*FORGED/m, `${what}: ${plain}`);
}

/** Adds hostile text to every text of an answer but times and the words that commands go by. */
function poisoned(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => poisoned(item, key));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name)]));
  }
  if (typeof value !== "string" || /^\d{4}-\d\d-\d\dT/.test(value)) return value;
  // What a program printed has lines of its own.
  if (key === "output") return `${value}${HOSTILE.replace("\r\n", "")}`;
  return ["status", "state", "level", "type", "trigger", "tags", "timezone"].includes(key)
    ? value
    : `${value}${HOSTILE}`;
}

/** A server whose every word is hostile. */
function hostileServer() {
  const { reads, operations, ask } = testApi();
  operations.names = ["db"];
  reads.runRows = [
    testRun({
      runId: "r1",
      id: "b1",
      message: "m",
      holdAt: 1,
      holdReason: "h",
      holdOwner: "o",
      reasons: [{ kind: "other", text: "daily 1" }],
    }),
    testRun({ runId: "r2", id: "b2", status: "failed", reason: "refused", message: "no" }),
    testRun({ runId: "r3", id: "b3", suspectAt: 1, suspectReason: "small" }),
    testRun({ runId: "r-output", id: "b4" }),
  ];
  reads.addEvent({ type: "run.failed", job: "db", runId: "r2", message: "it failed", data: { why: "x" } });
  return async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const answer = await ask(`${request.method} ${pathname}${search}`, { headers: request.headers });
    const body = poisoned(await answer.json());
    return new Response(JSON.stringify(body), { status: answer.status, headers: answer.headers });
  };
}

const COMMANDS = [
  ["runs", "list"],
  ["runs", "show", "r1"],
  ["runs", "show", "r-output"],
  ["backups", "list"],
  ["backups", "show", "b1"],
  ["backups", "explain", "b1"],
  ["backups", "list", "--suspect"],
  ["jobs", "list"],
  ["jobs", "show", "db"],
  ["jobs", "check", "db"],
  ["retention", "show", "db"],
  ["coverage"],
  ["events"],
  ["backups", "show", "nothing"],
];

test("no command lets a text of the server begin a line of its own or steer a terminal", async () => {
  for (const command of COMMANDS) {
    for (const tty of [true, false]) {
      for (const more of [[], ["--json"]]) {
        const host = fakeHost({
          env: { SCHELLY_SERVER: SERVER },
          servers: { [SERVER]: hostileServer() },
          tty,
        });
        const code = await main([...command, ...more], host);
        const what = `${[...command, ...more].join(" ")} (exit ${code})`;
        assert.equal(code, command.at(-1) === "nothing" ? 5 : 0, `${what}: ${host.err()}`);
        assert.match(host.out() + host.err(), /FORGED/, `${what} shows what the server says`);
        assertTame(what, host.out());
        assertTame(what, host.err());
        if (more.length > 0 && code === 0) {
          assert.match(JSON.stringify(JSON.parse(host.out())), /\\u001b\[2J/);
        }
      }
    }
  }
});

test("no file can forge a line of `validate config`, in words, as JSON or as annotations", async () => {
  // As escapes: bare, a file with them is refused as a whole.
  const quoted = (text: string) =>
    JSON.stringify(text).replaceAll(
      /[^ -~]/g,
      (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const text = `jobs:
  - name: ${quoted(HOSTILE)}
    ${quoted(`k${HOSTILE}`)}: 1
    timezone: ${quoted(HOSTILE)}
    provider: { url: ${quoted(`http://h/${HOSTILE}`)} }
`;
  for (const more of [[], ["--json"], ["--format", "github"]]) {
    const host = fakeHost({ files: { "/home/me/schelly.yaml": text }, tty: true });
    assert.equal(await main(["validate", "config", ...more], host), 3);
    assertTame(more.join(" "), host.out());
    assertTame(more.join(" "), host.err());
    const commands = host.out().split("\n").filter((line) => line.startsWith("::"));
    if (more[1] === "github") {
      assert.ok(commands.length >= 3 && commands.every((line) => /^::error /.test(line)), host.out());
    }
  }
});

test("githubAnnotation() stays one command whatever its parts hold", () => {
  const issue = {
    file: HOSTILE,
    line: 1,
    column: 1,
    path: HOSTILE,
    message: HOSTILE,
    severity: "error" as const,
  };
  const host = fakeHost();
  displayOf(host).print(githubAnnotation(issue));
  assertTame("annotation", host.out());
  assert.equal(host.out().split("\n").length, 2);
});

test("planMarkdown() makes nothing of a hostile text but text", () => {
  const hostile = `${HOSTILE}</details><img src=x onerror=y> [a](http://evil) \`code\` | **b**`;
  const counts = { before: 0, after: 1 };
  const text = planMarkdown(
    {
      jobs: [{
        job: hostile,
        former: hostile,
        change: "renamed",
        settings: [{ key: hostile, old: hostile, new: hostile }],
        backups: null,
        notes: [hostile],
      }],
      unchanged: 0,
      besides: [{ key: hostile, old: null, new: hostile }],
      notes: [hostile],
      broken_promises: [],
      deletes_now: 0,
      deletes_now_by_edit: 0,
      deletes_within_30_days: counts,
      max_deletes: null,
      over_budget: false,
    } as unknown as Parameters<typeof planMarkdown>[0],
  );
  assertTame("markdown", text);
  const outsideCode = text.replaceAll(/(`+) ?[^]*?\1(?!`)/g, "");
  assert.doesNotMatch(outsideCode, /(?<!\\)[<[|](?!\s)/, outsideCode);
});
