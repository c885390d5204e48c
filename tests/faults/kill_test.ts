// Kills the real program at random moments, again and again, and then compares what it says with what is true.
// SCHELLY_TEST_SEED repeats a run's choices, SCHELLY_TEST_KILLS sets how often.

import assert from "node:assert/strict";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { FakeRandom } from "../support/fake_ids.ts";
import { ALL_ABILITIES, type LedgerCall, startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, type Rig, until } from "../support/program.ts";
import {
  availableIsTrue,
  claimsOf,
  everyDeleteWasCommitted,
  everyEffectIsKnown,
  everyPostWasCommitted,
  everySlotIsDecidedOnce,
  fencesRise,
  nothingKeptWasIntended,
  oneEffectForEachSlot,
  postsAreSparing,
  readClaims,
} from "./ledger_checks.ts";

const isBinary = Boolean(process.env.SCHELLY_TEST_BINARY);
const KILLS = Number(process.env.SCHELLY_TEST_KILLS ?? (isBinary ? 200 : 40));
const SEED = Number(process.env.SCHELLY_TEST_SEED ?? Date.now() % 1_000_000);
/** At least so long it may live: from source it takes longer until anything happens. */
const LONGEST_LIFE_MS = isBinary ? 1_100 : 2_500;
/** On a slow machine so many times as long as it takes until it first calls a provider. */
const FIRST_CALLS = 3;
/** As long as it may take altogether on a slow machine: then it ends with fewer kills, and says so. */
const MOST_MS = 170_000;
const KEEP = 3;

const KEYED = ["keyed-1", "keyed-2", "keyed-3"];
const PLAIN = ["plain-retry", "plain-skip"];

programTest(`kill -9 at ${KILLS} random moments loses nothing and doubles nothing`, async (rig) => {
  const drawn = new FakeRandom(SEED);
  const random = () => drawn.next();
  const pause = () => Math.floor(random() * 30);
  let onCall: (call: LedgerCall) => void = () => {};
  const fault = (call: LedgerCall) => {
    onCall(call);
    return undefined;
  };
  const durationMs = () => 10 + Math.floor(random() * 200);
  await using keyed = startLedgerProvider({
    abilities: ALL_ABILITIES,
    durationMs,
    delayMs: pause,
    fault,
  });
  await using plain = startLedgerProvider({ durationMs, delayMs: pause, fault });
  await rig.configure(configuration(keyed.url, plain.url), "auth: none");
  const began = systemClock.monotonic();

  const longestMs = await longestLife(rig, (listener) => onCall = listener);
  let kills = 0;
  while (kills < KILLS && systemClock.monotonic() - began < MOST_MS) {
    await liveAndDie(rig, random, longestMs, (listener) => onCall = listener);
    kills++;
  }
  onCall = () => {};
  const tookMs = systemClock.monotonic() - began;

  const server = await rig.server();
  const bootAt = systemClock.now();
  await until("each job with keys makes another backup", async () => {
    const runs = await server.runs();
    return KEYED.every((job) =>
      runs.some((run) => run.job === job && run.state === "available" && Date.parse(run.created_at) > bootAt)
    );
  });
  for (const job of [...KEYED, ...PLAIN]) assert.equal((await server.post(`/jobs/${job}/pause`)).status, 200);
  await until("all runs of the jobs with keys are over", async () => {
    const runs = await server.runs();
    const open = (run: any) =>
      ["intent", "sending", "unknown", "running", "cancelling"].includes(run.state) ||
      (run.state === "deleting" && run.delete_sent_at === null);
    return !runs.some((run) => KEYED.includes(run.job) && open(run)) && keyed.underWay() === 0;
  });

  const all = await readClaims(server);
  const claims = claimsOf(all, KEYED);
  everyPostWasCommitted(claims, keyed);
  everyEffectIsKnown(claims, keyed);
  for (const { id } of keyed.effects.filter(({ effect }) => effect === "started")) {
    assert.ok(claims.runs.some((run) => run.id === id), `the provider can be asked, so ${id} must be known`);
  }
  oneEffectForEachSlot(keyed);
  availableIsTrue(claims, keyed);
  fencesRise(keyed);
  const deletes = everyDeleteWasCommitted(claims, keyed);
  const judged = nothingKeptWasIntended(claims, KEEP);

  const plainClaims = claimsOf(all, PLAIN);
  everyPostWasCommitted(plainClaims, plain);
  everyEffectIsKnown(plainClaims, plain);
  oneEffectForEachSlot(plain, 3);
  postsAreSparing(plain, 3, 59_000);
  availableIsTrue(plainClaims, plain);
  fencesRise(plain);
  everyDeleteWasCommitted(plainClaims, plain);
  nothingKeptWasIntended(plainClaims, KEEP);

  let slots = 0;
  for (const job of [...KEYED, ...PLAIN]) {
    const added = all.events.find((event) => event.type === "job.added" && event.job === job)!;
    const paused = all.events.findLast((event) => event.type === "job.paused" && event.job === job)!;
    slots += everySlotIsDecidedOnce(all, job, 1_000, Date.parse(added.at), Date.parse(paused.at));
  }
  assert.ok(deletes > 0 && judged >= kills / 10, "deletions were under fire too");
  assert.equal((await server.kill("SIGTERM")).code, 143);
  const states = Map.groupBy(
    all.runs,
    (run) => `${run.state}${run.reason === null ? "" : `(${run.reason})`}`,
  );
  process.stdout.write(
    `kill -9: ${kills} of ${KILLS} kills of the ${isBinary ? "binary" : "source"} in ` +
      `${
        Math.round(tookMs / 1000)
      } s, seed ${SEED}; ${keyed.counts.started} + ${plain.counts.started} backups, ` +
      `${deletes} DELETEs, ${slots} slots, ${all.events.length} events; ` +
      `${[...states].map(([state, runs]) => `${state} ${runs.length}`).join(", ")}\n`,
  );
});

/** How long a life may be on this machine, so that deletions come to be in most. */
async function longestLife(
  rig: Rig,
  listen: (listener: (call: LedgerCall) => void) => void,
): Promise<number> {
  const began = systemClock.monotonic();
  const child = rig.startServer();
  await new Promise<void>((resolve) => listen(() => resolve()));
  listen(() => {});
  const tookMs = systemClock.monotonic() - began;
  await child.kill("SIGKILL");
  return Math.max(LONGEST_LIFE_MS, FIRST_CALLS * tookMs);
}

/** Starts the program and kills it: after a random time, or at a random call while it is under way. */
async function liveAndDie(
  rig: Rig,
  random: () => number,
  longestMs: number,
  listen: (listener: (call: LedgerCall) => void) => void,
): Promise<void> {
  const child = rig.startServer();
  let calls = 1 + Math.floor(random() * 12);
  const method = ["POST", "GET", "DELETE", undefined][Math.floor(random() * 4)];
  const delayMs = Math.floor(random() * 60);
  const aim = new AbortController();
  if (random() < 0.6) {
    listen((call) => {
      if (method !== undefined && call.method !== method) return;
      if (--calls === 0) setTimeout(() => aim.abort(), delayMs);
    });
  }
  await systemClock.sleep(random() * longestMs, aim.signal).catch(() => {});
  listen(() => {});
  const { code, err } = await child.kill("SIGKILL");
  assert.equal(code, 137, `it ended by itself: ${err.slice(-3_000)}`);
}

function configuration(keyed: string, plain: string): string {
  const common = `schedule: "* * * * * *", retention: { secondly: ${KEEP}, guard: { max_percent: 100 } }`;
  const provider = (name: string, url: string) =>
    `  ${name}: { url: "${url}", max_concurrent: 4, poll_interval: 100ms, ` +
    `timeout: { create: 2s, get: 2s, delete: 2s } }\n`;
  const job = (name: string, more: string) => `  - { name: ${name}, ${common}, ${more} }\n`;
  return `providers:\n${provider("keyed", keyed)}${provider("plain", plain)}jobs:\n` +
    KEYED.map((name) => job(name, "provider: keyed, retry_interval: 100ms")).join("") +
    job("plain-retry", "provider: plain, on_unknown: retry") +
    job("plain-skip", "provider: plain, on_unknown: skip, retry_interval: 100ms");
}
