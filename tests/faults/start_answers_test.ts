// What becomes of a start in the real program for every way a provider can answer it, or not: the run's state and
// reason, how often it was asked, and that nothing it says can fill the memory. One job a fault, all at once.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import type { RunView } from "../../src/ports/views/run.ts";
import { dailyPattern, freePort, programTest, type Server, until } from "../support/program.ts";
import {
  bomb,
  type Call,
  drip,
  flood,
  type Script,
  type Scripted,
  startScriptedProviders,
} from "./scripted_provider.ts";

interface Case extends Script {
  /** How the run must end. */
  ends: string;
  reason?: string | null;
  /** How often it must have been asked to start, at least and at most. */
  posts: [least: number, most: number];
  /** How many backups it must have begun. */
  started?: number;
  url?: string;
  check?: (run: RunView, provider: Scripted) => void;
}

/** It takes twelve seconds where nothing else goes on. */
const MOST_MS = 90_000;
/** What the worst answers together may add to the memory. */
const MOST_MEMORY_MB = 120;

const post = (answer: (call: Call) => void | false) => ({
  answer: (call: Call) => call.method === "POST" ? answer(call) : false,
});
const unsettled = { ends: "failed", reason: "unsettled", posts: [1, 1] as [number, number] };
const refused = { ends: "failed", reason: "refused", posts: [1, 1] as [number, number], started: 0 };
const fine = { ends: "available", reason: null, posts: [1, 1] as [number, number], started: 1 };
/** Not at first: `answer` comes first, so many times. */
const onlyFirst = (times: number, answer: (call: Call) => void) =>
  post((call) => call.nth < times ? answer(call) : false);
const answersJson = (value: unknown) => post((call) => call.json(202, value));
const gaps = (provider: Scripted) => {
  const times = provider.calls.filter((call) => call.method === "POST").map((call) => call.at);
  return times.slice(1).map((at, index) => at - times[index]!);
};
const asked = (provider: Scripted, id: string) =>
  assert.ok(
    provider.calls.some((call) =>
      call.method === "GET" && call.target.endsWith(`/${encodeURIComponent(id)}`)
    ),
    "it was asked about by its very id",
  );
const named = (id: string): Case => ({
  ...fine,
  id: () => id,
  check: (run, provider) => {
    assert.equal(run.id, id);
    asked(provider, id);
  },
});

const CASES: Record<string, Case> = {
  "nobody-listens": {
    url: `http://127.0.0.1:${freePort()}/backups`,
    ends: "failed",
    reason: "unreachable",
    posts: [0, 0],
    check: (run) => assert.ok(run.attempts >= 3, "it was tried until grace time was over"),
  },
  "reset-before": { ...unsettled, started: 0, ...post((call) => void call.socket.destroy()) },
  "reset-after": { ...unsettled, started: 1, ...post((call) => call.properly("silently")) },
  "reset-after-lookup": {
    ...fine,
    abilities: "lookup",
    ...post((call) => call.properly("silently")),
  },
  "reset-before-lookup": {
    ...fine,
    abilities: "lookup",
    posts: [2, 2],
    ...onlyFirst(1, (call) => void call.socket.destroy()),
  },
  "reset-after-key": {
    ...fine,
    abilities: "idempotency",
    posts: [2, 2],
    ...onlyFirst(1, (call) => call.properly("silently")),
    check: (_, provider) => {
      const keys = provider.calls.filter((call) => call.method === "POST").map((call) => call.key);
      assert.equal(new Set(keys).size, 1, "the same start keeps its key");
    },
  },
  "hangs": { ...unsettled, ...post(() => {}) },
  "drips": { ...unsettled, ...post(drip) },
  "floods": { ...unsettled, ...post(flood) },
  "gzip-bomb": { ...unsettled, ...post(bomb) },
  "not-json": { ...unsettled, ...post((call) => call.text(202, "<html>It works!</html>")) },
  "half-json": { ...unsettled, ...post((call) => call.text(202, `{"id": "half`)) },
  "wrong-types": { ...unsettled, ...answersJson({ id: 7, status: [] }) },
  "an-array": { ...unsettled, ...answersJson([{ id: "x", status: "running" }]) },
  "no-id": { ...unsettled, ...answersJson({ status: "running" }) },
  "empty-id": { ...unsettled, ...answersJson({ id: "", status: "running" }) },
  "dots-id": { ...unsettled, ...answersJson({ id: "..", status: "running" }) },
  "control-id": { ...unsettled, ...answersJson({ id: "a\u0000b\n", status: "running" }) },
  "too-long-id": { ...unsettled, ...answersJson({ id: "x".repeat(5_000), status: "running" }) },
  "another-run": { ...unsettled, ...answersJson({ id: "x", status: "running", run_id: "someone-else" }) },
  "slash-id": named("a/../b c?d#e%2f"),
  "quote-id": named(`q"'\`\\<&>;--`),
  "long-id": named("y".repeat(4_000)),
  "unicode-id": named("Sicherung – 備份 💾"),
  "redirects": {
    ends: "failed",
    reason: "unreachable",
    posts: [3, 100],
    started: 0,
    ...post((call) => call.text(307, "", { location: call.request.target })),
  },
  ...Object.fromEntries(
    [400, 401, 403, 404, 405, 422].map((status) => [`says-${status}`, {
      ...refused,
      ...post((call) => call.text(status, "no")),
    }]),
  ),
  ...Object.fromEntries(
    [500, 502, 504].map((status) => [`says-${status}`, {
      ...unsettled,
      ...post((call) => call.text(status, "oops")),
    }]),
  ),
  "busy-409": {
    ...fine,
    posts: [3, 3],
    ...onlyFirst(2, (call) => call.text(409, "Another backup task is already running")),
  },
  "throttled-429": {
    ...fine,
    posts: [2, 2],
    ...onlyFirst(1, (call) => call.text(429, "", { "retry-after": "2" })),
    check: (_, provider) => assert.ok(gaps(provider)[0]! >= 1_990, "Retry-After was honoured"),
  },
  "down-503": {
    ...fine,
    posts: [2, 2],
    ...onlyFirst(1, (call) => {
      // Whole seconds: up to one is lost by the format.
      call.text(503, "", { "retry-after": new Date(Date.now() + 3_000).toUTCString() });
    }),
    check: (_, provider) => assert.ok(gaps(provider)[0]! >= 1_900, "Retry-After was honoured"),
  },
  "done-at-once": {
    ...fine,
    started: 0,
    ...post((call) => call.json(200, { id: "at-once", status: "available", size_mb: 1 })),
  },
  "words-never-heard": {
    ...fine,
    answer: (call) =>
      call.method === "GET" && call.nth < 4 ? call.json(200, { id: call.id, status: "frobnicating" }) : false,
    check: (_, provider) => assert.ok(provider.count("GET") > 4),
  },
  "polls-go-wrong": {
    ...fine,
    answer: (call) => {
      if (call.method !== "GET") return false;
      const troubles: ((call: Call) => void)[] = [
        () => {},
        ({ socket }) => void socket.destroy(),
        (call) => call.text(500, "oops"),
        (call) => call.text(200, "{"),
        (call) => call.json(200, { id: "another", status: "available" }),
        (call) => call.json(200, { id: call.id, status: "" }),
        (call) => call.text(404, "not yet"),
        (call) => call.text(401, "who are you"),
        flood,
        bomb,
        drip,
      ];
      const trouble = troubles[call.nth];
      return trouble === undefined ? false : trouble(call);
    },
    check: (_, provider) => assert.ok(provider.count("GET") > 11),
  },
  "fails": {
    ends: "failed",
    reason: "provider",
    posts: [1, 1],
    answer: (call) =>
      call.method === "GET" ? call.json(200, { id: call.id, status: "error", message: "no space" }) : false,
    check: (run) => assert.match(run.custom_data!, /no space/),
  },
};

programTest(
  "each start ends as its provider's answer asks, and the program's memory is bounded",
  async (rig) => {
    await using providers = await startScriptedProviders(CASES);
    const { pattern } = dailyPattern(5_000);
    const jobs = Object.entries(CASES).map(([name, { url }]) =>
      `  - { name: "${name}", schedule: "${pattern}", retention: { daily: 3 }, grace_time: 8s, retry_interval: 300ms, on_unknown: skip, ` +
      `provider: { url: "${url ?? providers.url(name)}", poll_interval: 200ms, max_concurrent: 2, ` +
      `timeout: { create: 1500ms, get: 1s, delete: 1s } } }\n`
    );
    const server = await rig.server({ yaml: `jobs:\n${jobs.join("")}` });
    const idleMb = peakMb(server);
    const names = Object.keys(CASES);
    let runs: RunView[] = [];
    await until("every run is over", async () => {
      runs = await server.runs();
      return runs.length === names.length && runs.every((run) => ["available", "failed"].includes(run.state));
    }, MOST_MS);
    const grewMb = peakMb(server) - idleMb;

    const wrong: string[] = [];
    for (const [name, expected] of Object.entries(CASES)) {
      try {
        check(runs.find((run) => run.job === name)!, expected, providers.of(name));
      } catch (error) {
        wrong.push(`${name}: ${(error as Error).message}`);
      }
    }
    assert.deepEqual(wrong, []);
    for (const run of runs.filter((run) => run.reason === "unsettled")) {
      const { events } = await server.get(`/runs/${run.run_id}`);
      assert.ok(
        events.some((event: any) => event.type === "run.unknown"),
        `${run.job}: the doubt is on record`,
      );
    }
    for (const name of names) assert.equal(providers.of(name).count("DELETE"), 0, name);
    assert.doesNotMatch(server.child.err, /\\n\s+at /, "no stack for what was to be expected");
    assert.ok(grewMb < MOST_MEMORY_MB, `its memory grew by ${grewMb} MB`);
    process.stdout.write(`answers: ${names.length} jobs, memory at its peak ${idleMb} + ${grewMb} MB\n`);
    assert.equal((await server.kill("SIGTERM")).code, 143);
  },
);

function check(run: RunView, expected: Case, provider: Scripted): void {
  const told = { state: run.state, reason: run.reason };
  assert.deepEqual(told, { state: expected.ends, reason: expected.reason ?? null }, run.custom_data ?? "");
  const posts = provider.count("POST");
  const [least, most] = expected.posts;
  assert.ok(posts >= least && posts <= most, `it was asked ${posts} times to start`);
  if (expected.started !== undefined) assert.equal(provider.started.length, expected.started);
  if (run.state === "failed") assert.ok((run.custom_data ?? "") !== "", "the run says why");
  if (run.reason === "unsettled") assert.equal(run.id, null);
  expected.check?.(run, provider);
}

/** The most memory the program ever held, in MB. */
function peakMb(server: Server): number {
  // By grep, since reading below /proc is not in the permissions of tests.
  const status =
    spawnSync("grep", ["VmHWM", `/proc/${server.child.pid}/status`], { encoding: "utf8" }).stdout;
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024);
}
