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
  check?: (runs: RunView[], provider: Scripted, claims: Claims) => void;
}

/** From here on the provider goes wrong: by then each job has backups, and retention something to do. */
const TROUBLE_MS = 3_200;
const RUN_MS = 11_000;
const KEEP = 2;

const later = (call: Call) => call.sinceFirstMs > TROUBLE_MS;
/** Looks at a backup that it called available before go wrong. */
const looks = (answer: (call: Call) => void) => ({
  answer: (call: Call) => {
    const isOld = call.id !== null && knownFor(call) > 1_500;
    return call.method === "GET" && later(call) && isOld ? answer(call) : false;
  },
});
const deletions = (answer: (call: Call) => void) => ({
  answer: (call: Call) => call.method === "DELETE" ? answer(call) : false,
});
const seen = new Map<string, number>();
/** Milliseconds since this backup was first asked about. */
function knownFor(call: Call): number {
  const at = seen.get(call.request.target) ?? Date.now();
  seen.set(call.request.target, at);
  return Date.now() - at;
}
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
  "look-drips": { deletes: "some", guards: [], states: ["deleted"], ...looks(drip) },
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
  const jobs = names.map((name) =>
    `  - { name: "${name}", schedule: "* * * * * *", retention: { secondly: ${KEEP}, guard: { max_percent: 100 } }, ` +
    `on_unknown: skip, retry_interval: 300ms, provider: { url: "${
      providers.url(name)
    }", poll_interval: 200ms, ` +
    `max_concurrent: 2, timeout: { create: 2s, get: 1s, delete: 2s } } }\n`
  );
  await rig.configure(`jobs:\n${jobs.join("")}`, "auth: none");
  const server = await rig.server();
  await systemClock.sleep(RUN_MS);
  // A busy machine comes less far in that time; whether all that should be sent was sent is judged below.
  const isSent = (name: string) => providers.of(name).calls.some((call) => call.method === "DELETE");
  const isAllSent = () => names.every((name) => CASES[name]!.deletes !== "some" || isSent(name));
  await until("what should be deleted is asked for", isAllSent).catch(() => {});
  for (const name of names) assert.equal((await server.post(`/jobs/${name}/pause`)).status, 200);
  await until("passes and runs are over", async () => {
    const runs = await server.runs();
    return !runs.some((run) =>
      ["intent", "sending"].includes(run.state) || (run.state === "deleting" && run.delete_sent_at === null)
    );
  });
  // Answers to what was sent last are still to come, and to be written down.
  let wrong: string[] = ["nobody has looked"];
  await until("all came out as it should", async () => {
    await systemClock.sleep(700);
    return (wrong = await wrongCases(server, providers)).length === 0;
  }, 10_000).catch(() => {});
  assert.deepEqual(wrong, []);
  assert.doesNotMatch(server.child.err, /\\n\s+at /, "no stack for what was to be expected");
  const ready = await server.request("GET", "/readyz");
  assert.equal(ready.status, 200, "a guard does not make it unready");
  assert.equal((await server.kill("SIGTERM")).code, 143);
});

/** What is not as its case wants it by now. */
async function wrongCases(server: Server, providers: ScriptedProviders): Promise<string[]> {
  const all = await readClaims(server);
  const wrong: string[] = [];
  for (const [name, expected] of Object.entries(CASES)) {
    const provider = providers.of(name);
    const claims = claimsOf(all, [name]);
    const { guards } = await server.get(`/jobs/${name}`);
    try {
      check(
        expected,
        claims,
        provider,
        guards.filter((one: any) => one.latched).map((one: any) => one.guard),
      );
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
  // A start that a busy machine did not get through in its two seconds says nothing of deletions.
  const mayFail = expected.states?.includes("failed");
  const isLateStart = (run: (typeof runs)[number]) => !mayFail && run.state === "failed" && run.id === null;
  const states = new Set(runs.filter((run) => !isLateStart(run)).map((run) => run.state));
  for (const state of ["available", "skipped", "running", "sending", "unknown"] as const) {
    if (!expected.states?.includes(state)) states.delete(state);
  }
  assert.deepEqual([...states].sort(), [...expected.states ?? []].sort());
  // The newest that is called available was never asked to go.
  const newest = runs.find((run) => run.state === "available");
  assert.ok(newest !== undefined, "there still is an available backup");
  assert.ok(!provider.calls.some((call) => call.method === "DELETE" && call.id === newest.id));
  expected.check?.(runs, provider, claims);
}
