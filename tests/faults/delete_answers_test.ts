// What retention of the real program makes of providers that contradict themselves, forget, refuse or lie: in doubt
// nothing is deleted, and the doubt shows. One job a fault, a backup a second each, all at once.

import assert from "node:assert/strict";
import type { RunView } from "../../src/ports/views/run.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { programTest, type Server, until } from "../support/program.ts";
import {
  type Claims,
  claimsOf,
  everyDeleteWasCommitted,
  nothingKeptWasIntended,
  readClaims,
} from "./ledger_checks.ts";
import {
  bomb,
  type Call,
  drip,
  type Script,
  type Scripted,
  type ScriptedProviders,
  startScriptedProviders,
} from "./scripted_provider.ts";

interface Case extends Script {
  /** Latched guards of the job at the end. */
  guards?: string[];
  /** Rows it must have in these states, and none in others but `available` and unfinished ones. */
  states?: string[];
  /** Some DELETE must have been sent, or none at all. */
  deletes: "some" | "none";
  /** Where an answer that does not come is the case: a busy machine's may take longer than it waits otherwise. */
  timeout?: { get?: string; delete?: string };
  check?: (runs: RunView[], provider: Scripted, claims: Claims) => void;
}

/** At least so long: some seconds of slots, passes and repeated calls. */
const RUN_MS = 8_000;
/** A busy machine comes to it later. */
const PATIENCE_MS = 180_000;
const KEEP = 2;
const PATIENT = { create: "20s", get: "20s", delete: "20s" };

/** Looks at a backup that it called available go wrong, once retention has deleted a first one. */
const looks = (answer: (call: Call) => void) => ({
  answer: (call: Call) =>
    call.method === "GET" && call.wasAvailable && call.provider.count("DELETE") > 0 ? answer(call) : false,
});
const deletions = (answer: (call: Call) => void) => ({
  answer: (call: Call) => call.method === "DELETE" ? answer(call) : false,
});
const contradicts = { deletes: "some" as const, guards: ["failed_check"], states: ["deleted"] };
const onceEach = (_: RunView[], provider: Scripted) => {
  const ids = provider.calls.filter((call) => call.method === "DELETE").map((call) => call.id);
  assert.equal(new Set(ids).size, ids.length, "no backup is sent a second DELETE so soon");
};

const CASES: Record<string, Case> = {
  "well-behaved": { deletes: "some", guards: [], states: ["deleted"] },
  "runs-again": { ...contradicts, ...looks((call) => call.json(200, { id: call.id, status: "running" })) },
  "fails-again": { ...contradicts, ...looks((call) => call.json(200, { id: call.id, status: "failed" })) },
  "other-id": { ...contradicts, ...looks((call) => call.json(200, { id: "another", status: "available" })) },
  "other-data": {
    ...contradicts,
    ...looks((call) => call.json(200, { id: call.id, data_id: "of another", status: "available" })),
  },
  "not-json": { ...contradicts, ...looks((call) => call.text(200, "<html>")) },
  "gzip-bomb": { ...contradicts, ...looks(bomb) },
  "forgets": {
    deletes: "some",
    guards: ["not_found"],
    states: ["deleted", "missing"],
    ...looks((call) => call.text(404, "never heard of it")),
  },
  "says-gone": {
    deletes: "some",
    guards: ["not_found"],
    states: ["deleted", "missing"],
    ...looks((call) => call.text(410, "gone")),
  },
  "look-500": {
    deletes: "some",
    guards: [],
    states: ["deleted"],
    ...looks((call) => call.text(500, "oops")),
  },
  "look-drips": { deletes: "some", guards: [], states: ["deleted"], timeout: { get: "6s" }, ...looks(drip) },
  "same-id": {
    deletes: "none",
    guards: ["duplicate_id"],
    states: ["failed"],
    id: () => "the-only-one",
    check: (runs) => {
      assert.equal(runs.filter((run) => run.id !== null).length, 1, "an id belongs to one run");
    },
  },
  "refuses": {
    deletes: "some",
    guards: [],
    states: ["delete-error"],
    ...deletions((call) => call.text(403, "object lock")),
    check: onceEach,
  },
  "delete-500": {
    deletes: "some",
    guards: [],
    states: ["deleting"],
    ...deletions((call) => call.text(500, "oops")),
    check: onceEach,
  },
  "delete-hangs": {
    deletes: "some",
    guards: [],
    states: ["deleting"],
    timeout: { delete: "2s" },
    ...deletions(() => {}),
    check: onceEach,
  },
  "delete-resets": {
    deletes: "some",
    guards: [],
    states: ["deleting"],
    ...deletions((call) => call.properly("silently")),
    check: onceEach,
  },
  // Its GET shows the backup still: what answered the DELETE may not be what has it.
  "delete-404": {
    deletes: "some",
    states: ["deleting"],
    ...deletions((call) => call.text(404, "what?")),
    check: (runs) => assert.ok(runs.every((run) => run.state !== "deleted"), "none is called deleted"),
  },
  "lies": {
    deletes: "some",
    guards: [],
    states: ["deleted"],
    ...deletions((call) => call.json(200, { status: "deleted" })),
    check: onceEach,
  },
  "accepts-and-keeps": {
    deletes: "some",
    guards: [],
    states: ["deleting"],
    ...deletions((call) => call.json(202, { status: "deleting" })),
    check: onceEach,
  },
};

programTest("in doubt nothing is deleted, whatever a provider says of its backups", async (rig) => {
  await using providers = await startScriptedProviders(CASES);
  const names = Object.keys(CASES);
  const jobs = names.map((name) => {
    const timeout = JSON.stringify({ ...PATIENT, ...CASES[name]!.timeout });
    const provider = `{ url: "${
      providers.url(name)
    }", poll_interval: 200ms, max_concurrent: 2, timeout: ${timeout} }`;
    return `  - { name: "${name}", schedule: "* * * * * *", retention: { secondly: ${KEEP}, guard: { max_percent: 100 } }, ` +
      `on_unknown: skip, retry_interval: 300ms, provider: ${provider} }\n`;
  });
  await rig.configure(`jobs:\n${jobs.join("")}`, "auth: none");
  const server = await rig.server();
  await systemClock.sleep(RUN_MS);
  let missing: string[] = [];
  await until("each has come to what it is to show", async () => {
    await systemClock.sleep(500);
    return (missing = await missingOf(server, providers)).length === 0;
  }, PATIENCE_MS).catch((error) => assert.deepEqual(missing, [], String(error)));
  for (const name of names) assert.equal((await server.post(`/jobs/${name}/pause`)).status, 200);
  await until("passes and runs are over", async () => {
    const runs = await server.runs();
    return !runs.some((run) =>
      ["intent", "sending"].includes(run.state) || (run.state === "deleting" && run.delete_sent_at === null)
    );
  }, PATIENCE_MS);
  // Answers to what was sent last are still to come, and to be written down.
  let wrong: string[] = ["nobody has looked"];
  await until("all came out as it should", async () => {
    await systemClock.sleep(700);
    return (wrong = await wrongCases(server, providers)).length === 0;
  }, PATIENCE_MS).catch(() => {});
  assert.deepEqual(wrong, []);
  assert.doesNotMatch(server.child.err, /\\n\s+at /, "no stack for what was to be expected");
  const ready = await server.request("GET", "/readyz");
  assert.equal(ready.status, 200, "a guard does not make it unready");
  assert.equal((await server.kill("SIGTERM")).code, 143);
});

/** What a case is still to show: its guards, its states and its DELETEs. */
async function missingOf(server: Server, providers: ScriptedProviders): Promise<string[]> {
  const all = await readClaims(server);
  const missing: string[] = [];
  for (const [name, expected] of Object.entries(CASES)) {
    const { runs } = claimsOf(all, [name]);
    const latched = await latchedGuards(server, name);
    const states = new Set<string>(runs.map((run) => run.state));
    const isSent = providers.of(name).count("DELETE") > 0;
    const lacks = [
      ...(expected.guards ?? []).filter((guard) => !latched.includes(guard)),
      ...(expected.states ?? []).filter((state) => !states.has(state)),
      ...(expected.deletes === "some" && !isSent ? ["a DELETE"] : []),
    ];
    if (lacks.length > 0) missing.push(`${name}: ${lacks.join(", ")}`);
  }
  return missing;
}

async function latchedGuards(server: Server, job: string): Promise<string[]> {
  const { guards } = await server.get(`/jobs/${job}`);
  return guards.filter((one: any) => one.latched).map((one: any) => one.guard);
}

/** What is not as its case wants it by now. */
async function wrongCases(server: Server, providers: ScriptedProviders): Promise<string[]> {
  const all = await readClaims(server);
  const wrong: string[] = [];
  for (const [name, expected] of Object.entries(CASES)) {
    const provider = providers.of(name);
    const claims = claimsOf(all, [name]);
    const guards = await latchedGuards(server, name);
    try {
      check(expected, claims, provider, guards);
    } catch (error) {
      wrong.push(`${name}: ${(error as Error).message}`);
    }
  }
  return wrong;
}

function check(expected: Case, claims: Claims, provider: Scripted, guards: string[]): void {
  const { runs, events } = claims;
  const sent = everyDeleteWasCommitted(claims, provider);
  nothingKeptWasIntended(claims, KEEP);
  assert.equal(sent > 0, expected.deletes === "some", `${sent} DELETEs were sent`);
  if (expected.guards !== undefined) assert.deepEqual(guards, expected.guards);
  for (const guard of guards) {
    const at = events.find((event) => event.data.guard === guard || event.data.reason === guard)?.at;
    assert.ok(at !== undefined, `the guard ${guard} is on record`);
    const after = provider.calls.filter((call) => call.method === "DELETE" && call.at > Date.parse(at));
    assert.deepEqual(after.map((call) => call.id), [], `nothing is deleted once ${guard} is latched`);
  }
  // What was cut off as its job was paused says nothing of deletions.
  const states = new Set(runs.filter((run) => run.state !== "cancelled").map((run) => run.state));
  for (const state of ["available", "skipped", "running", "sending", "unknown"] as const) {
    if (!expected.states?.includes(state)) states.delete(state);
  }
  const said = runs.filter((run) => !expected.states?.includes(run.state) && states.has(run.state));
  assert.deepEqual(
    [...states].sort(),
    [...expected.states ?? []].sort(),
    said.map((run) => JSON.stringify(run)).join("\n"),
  );
  // The newest that is called available was never asked to go.
  const newest = runs.find((run) => run.state === "available");
  assert.ok(newest !== undefined, "there still is an available backup");
  assert.ok(!provider.calls.some((call) => call.method === "DELETE" && call.id === newest.id));
  expected.check?.(runs, provider, claims);
}
