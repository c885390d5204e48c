// Verifications on the real engine and store: when one begins, what it makes of a backup, and that no backup waits for it.
// Also tests active.ts, job_verifier.ts, verify_end.ts and verify_flow.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ProviderError } from "../../../src/domain/errors.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { VerifySettings } from "../../../src/domain/verification/verify_settings.ts";
import { type Rig, rig } from "../../support/engine_rig.ts";
import { VerifyingProvider } from "../../support/verifying_provider.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const VERIFY: VerifySettings = {
  schedule: "0 30 * * * *",
  select: "newest",
  method: "restore",
  timeoutMs: HOUR / 2,
  everyMs: 24 * HOUR,
  maxConcurrent: 1,
};

function hourly(verify: Partial<VerifySettings> = {}, more: Partial<Job> = {}): Partial<Job> {
  return { schedule: "0 0 * * * *", verify: { ...VERIFY, ...verify }, ...more };
}

/** A job with a backup each hour, of which one is made before anything is proved. */
async function begun(jobs: Partial<Job>[] = [hourly()], verifyMs = MINUTE, maxConcurrent = 1, deleteMs = 0) {
  const made = await rig({
    jobs,
    maxConcurrent: 4,
    providers: (
      clock,
    ) => [new VerifyingProvider({ clock, key: "p", durationMs: 1_000, verifyMs, maxConcurrent, deleteMs })],
  });
  await made.clock.advance(HOUR + MINUTE);
  return made;
}

const providerOf = (rig: Rig) => rig.provider as VerifyingProvider;
const states = async (rig: Rig, id: string) => {
  const [run] = await rig.store.find(id);
  return (await rig.store.verificationsOf(run!.runId, 10)).reverse().map(({ state }) => state);
};
const lastOf = async (rig: Rig) => {
  const [run] = await rig.store.find("p-1");
  return (await rig.store.verificationsOf(run!.runId, 10)).at(0);
};
const byHand = async (rig: Rig, id: string) => {
  const [run] = await rig.store.find(id);
  return await rig.engine.verifications.byHand(run!, undefined, "ann");
};

test("a part of the data that was read proves no backup, and is not asked for again before its time", async () => {
  await using made = await rig({
    jobs: [hourly()],
    providers: (clock) => [new VerifyingProvider({ clock, key: "p", durationMs: 1_000, readsPart: true })],
  });
  await made.clock.advance(2 * HOUR);
  const ended = made.told("verification.inconclusive");
  assert.equal(ended.length, 1);
  assert.match(ended[0]!.message, /was not proved: .*part 1 of 10/);
  const [run] = await made.store.find("p-1");
  assert.deepEqual([run!.verification, run!.verifiedAt], [null, null]);
  assert.equal((await made.store.verifyStates())[0]!.provedAt, null);
});

test("what is due is asked of the provider, and its word stands on the backup", async () => {
  await using made = await begun();
  const verifier = made.engine.verifications.of("db")!;
  assert.equal(new Date(verifier.nextAt(made.clock.now())!).toISOString(), "2026-03-02T11:30:00.000Z");
  assert.equal((await verifier.choice())!.candidate.id, "p-1");
  await made.clock.advance(29 * MINUTE + 5_000);
  assert.equal(providerOf(made).verifying()?.id, "p-1");
  assert.equal(verifier.active?.state, "running");
  await made.clock.advance(2 * MINUTE);
  const [run] = await made.store.find("p-1");
  assert.deepEqual([run!.verification, run!.suspectAt], ["passed", null]);
  const [state] = await made.store.verifyStates();
  assert.deepEqual([state!.provedId, state!.restoredBytes, state!.lastState], ["p-1", 1000, "passed"]);
  assert.equal(state!.provedAt, run!.verifiedAt);
  assert.equal(made.told("verification.passed").length, 1);
  assert.deepEqual(await made.store.latched(), []);
});

test("what failed is suspect and stops the deletions of its job, until it passes", async () => {
  await using made = await begun();
  providerOf(made).damaged.add("p-1");
  await made.clock.advance(32 * MINUTE);
  const [run] = await made.store.find("p-1");
  assert.equal(run!.verification, "failed");
  assert.match(run!.suspectReason!, /verification failed: a\.txt: wrong digest/);
  const [guard] = await made.store.latched("db");
  assert.equal(guard!.guard, "upkeep_failed");
  assert.match(
    guard!.message,
    /the verification of backup 'p-1' failed .*a\.txt.*schelly backups verify p-1/,
  );
  // What upkeep finds whole says nothing of that backup; nor does another one that passes.
  await made.engine.damageFound(() => null);
  await made.clock.advance(HOUR);
  assert.equal((await made.store.find("p-2"))[0]!.verification, "passed");
  assert.equal((await made.store.latched("db")).length, 1);
  providerOf(made).damaged.clear();
  assert.ok("verification" in await byHand(made, "p-1"));
  await made.clock.advance(2 * MINUTE);
  const [fixed] = await made.store.find("p-1");
  assert.deepEqual([fixed!.verification, fixed!.suspectAt, fixed!.suspectReason], ["passed", null, null]);
  assert.deepEqual(await made.store.latched("db"), []);
});

test("an operator's word answers a failure, and the same failure again asks for none", async () => {
  await using made = await begun();
  providerOf(made).damaged.add("p-1");
  await made.clock.advance(32 * MINUTE);
  await made.clock.advance(MINUTE);
  const [run] = await made.store.find("p-1");
  const refused = await made.engine.safekeeping.decideSuspect(run!, "accept", "ann");
  assert.match(
    refused.outcome === "conflict" ? refused.message : "",
    /is damaged: .*may delete sound ones.*--damaged/,
  );
  await made.clock.advance(1_000);
  assert.equal((await made.store.latched("db")).length, 1, "what was refused lifts no stop");
  assert.equal((await made.engine.safekeeping.decideSuspect(run!, "accept_damaged", "ann")).outcome, "done");
  await made.clock.advance(1_000);
  assert.deepEqual(await made.store.latched("db"), []);
  await byHand(made, "p-1");
  await made.clock.advance(2 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["failed", "failed"]);
  assert.deepEqual(await made.store.latched("db"), []);
});

test("a backup that is due never waits: the verification is cut off, and tried again after it", async () => {
  await using made = await begun([hourly({ timeoutMs: 3 * HOUR })], 45 * MINUTE);
  await made.clock.advance(30 * MINUTE);
  assert.equal(providerOf(made).verifying()?.id, "p-1");
  await made.clock.advance(28 * MINUTE + 59_000);
  assert.equal(providerOf(made).running().length, 0);
  await made.clock.advance(30_000);
  const [create] = providerOf(made).calls("create").slice(-1);
  assert.ok(create!.at - Date.parse("2026-03-02T12:00:00Z") < 10_000);
  assert.deepEqual(await states(made, "p-1"), ["cut_off"]);
  await made.clock.advance(5 * MINUTE);
  assert.equal(providerOf(made).verifying()?.id, "p-2");
  assert.deepEqual((await made.store.latched()).length, 0);
});

test("where the provider takes two at once, both go on", async () => {
  await using made = await begun([hourly({ timeoutMs: 3 * HOUR, maxConcurrent: 2 })], 45 * MINUTE, 2);
  await made.clock.advance(60 * MINUTE);
  assert.equal(providerOf(made).verifying()?.id, "p-1");
  await made.clock.advance(20 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["passed"]);
});

test("lost answers are asked about under the same id; busy ones come later; another's word is no answer", async () => {
  await using made = await begun();
  providerOf(made).scriptVerify("lost_request", "busy", "lost_reply");
  await made.clock.advance(33 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["passed"]);
  assert.equal(new Set(providerOf(made).begun.map(({ call }) => call.verificationId)).size, 1);
  providerOf(made).damaged.clear();
  providerOf(made).scriptVerify("other");
  await made.clock.advance(HOUR);
  assert.deepEqual(await states(made, "p-2"), ["passed"]);
});

test("a storage that opens for nobody is told of at once, and tried again at growing waits", async () => {
  await using made = await begun([hourly({ schedule: "0 30 11 * * *" })]);
  providerOf(made).scriptVerify("wrong_password");
  await made.clock.advance(29 * MINUTE + 5_000);
  assert.deepEqual(await states(made, "p-1"), ["inconclusive"]);
  const [state] = await made.store.verifyStates();
  assert.match(state!.lastMessage!, /the password does not open it/);
  await made.clock.advance(HOUR);
  assert.equal(made.told("verification.passed").length, 1);
});

test("why one does not begin is known while it is waited for", async () => {
  await using made = await begun([hourly({ schedule: "0 30 11 * * *" })]);
  providerOf(made).scriptVerify("busy");
  await made.clock.advance(29 * MINUTE + 2_000);
  assert.match(made.engine.verifications.of("db")!.active!.message!, /it is busy/);
});

test("what found nothing out is tried again at growing waits, and makes nothing suspect", async () => {
  await using made = await begun([hourly({ schedule: "0 30 11 * * *" })]);
  providerOf(made).scriptVerify("inconclusive", "inconclusive");
  await made.clock.advance(31 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["inconclusive"]);
  const [state] = await made.store.verifyStates();
  assert.deepEqual([state!.attempt, state!.lastMessage], [2, "no space is left"]);
  await made.clock.advance(2 * HOUR);
  const found = providerOf(made).begun.map(({ id }) => id);
  assert.deepEqual(found.length, 3);
  assert.equal((await made.store.find(found[2]!))[0]!.verification, "passed");
  assert.deepEqual(await made.store.latched(), []);
  assert.equal(made.told("run.suspect").length, 0);
});

test("one that hangs ends at its timeout; one that a provider cannot do is not tried again", async () => {
  await using made = await begun([hourly({ schedule: "0 30 11 * * *", timeoutMs: 10 * MINUTE })]);
  providerOf(made).scriptVerify("hang", "refuse");
  await made.clock.advance(41 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["inconclusive"]);
  assert.equal(providerOf(made).verifying(), undefined);
  await made.clock.advance(6 * HOUR);
  assert.equal(providerOf(made).asked >= 2, true);
  const [state] = await made.store.verifyStates();
  assert.deepEqual([state!.retryAt, state!.lastState], [null, "inconclusive"]);
  assert.match(state!.lastMessage!, /it cannot/);
});

test("a crash is settled by the verification's id: nothing begins twice, and the word is heard", async () => {
  await using made = await begun();
  await made.clock.advance(29 * MINUTE + 10_000);
  assert.equal(providerOf(made).verifying()?.id, "p-1");
  await made.crash();
  await made.clock.advance(5 * MINUTE);
  await made.boot();
  await made.clock.advance(MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["passed"]);
  assert.equal(providerOf(made).begun.length, 1);
});

test("however many were missed, one is made; none while the job is paused", async () => {
  await using made = await begun();
  await made.crash();
  await made.clock.advance(10 * HOUR);
  await made.boot();
  await made.clock.advance(5 * MINUTE);
  assert.equal(providerOf(made).begun.length, 1);
  const scheduler = made.engine.job("db")!;
  const event = { type: "job.paused", level: "info", at: made.clock.now(), message: "paused" } as const;
  await made.engine.pause(scheduler, null, null, event);
  await made.clock.advance(3 * HOUR);
  assert.equal(providerOf(made).begun.length, 1);
});

test("a backup that is deleted while it is looked at is no damaged one", async () => {
  // Its provider takes time over it, and finds meanwhile what is wrong with what is half gone.
  await using made = await begun(undefined, MINUTE, 1, 3 * MINUTE);
  providerOf(made).damaged.add("p-1");
  await made.clock.advance(29 * MINUTE + 10_000);
  await made.engine.safekeeping.delete((await made.store.find("p-1"))[0]!, "ann");
  await made.clock.advance(2 * MINUTE);
  const [run] = await made.store.find("p-1");
  assert.deepEqual([run!.status, run!.verification], ["deleting", null]);
  assert.deepEqual(await states(made, "p-1"), ["cut_off"]);
  assert.deepEqual(await made.store.latched(), []);
});

test("by hand: one at a time, none beside a backup, and none where there is no such job", async () => {
  await using made = await begun();
  assert.ok("verification" in await byHand(made, "p-1"));
  await made.clock.advance(1_000);
  const again = await byHand(made, "p-1");
  assert.match("busy" in again ? again.busy : "", /a verification of backup 'p-1' is under way/);
  await made.clock.advance(2 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["passed"]);
  assert.equal(
    (await made.store.verificationsOf((await made.store.find("p-1"))[0]!.runId, 1))[0]!.askedBy,
    "ann",
  );
});

/** When the backup that is due at noon was taken by the provider, after its slot (ms). */
const startedAfter = (made: Rig) =>
  made.provider.effects.map(({ startedAt }) => startedAt - Date.parse("2026-03-02T12:00:00Z"))
    .find((after) => after >= 0);

test("at a provider that gives no way by itself, a backup that is due as a verification begins is soon taken", async () => {
  await using made = await begun([hourly({ schedule: "0 0 * * * *", timeoutMs: HOUR })], 45 * MINUTE);
  await made.clock.advance(HOUR);
  assert.ok(startedAfter(made)! <= 30_000, `${startedAfter(made)}`);
  assert.equal((await made.runs("available")).length, 2);
});

test("so is one that comes due while the verification of a process before is taken up", async () => {
  await using made = await begun([hourly({ timeoutMs: HOUR })], 45 * MINUTE);
  await made.clock.advance(30 * MINUTE);
  assert.equal(providerOf(made).verifying()?.id, "p-1");
  await made.crash();
  await made.clock.advance(29 * MINUTE + 10_000);
  await made.boot();
  await made.clock.advance(10 * MINUTE);
  assert.ok(startedAfter(made)! <= 60_000, `${startedAfter(made)}`);
});

test("so is one where the answers to the end of the verification are lost, and what it ends with is not sent twice", async () => {
  await using made = await begun([hourly({ timeoutMs: HOUR })], 45 * MINUTE);
  await made.clock.advance(30 * MINUTE);
  const provider = providerOf(made);
  const { cancelVerification } = provider;
  let lost = 5;
  provider.cancelVerification = (id, verificationId) =>
    lost-- > 0
      ? Promise.reject(new ProviderError("unknown", "no answer"))
      : cancelVerification.call(provider, id, verificationId);
  await made.clock.advance(32 * MINUTE);
  assert.ok(startedAfter(made)! <= 30_000, `${startedAfter(made)}`);
  assert.deepEqual((await states(made, "p-1"))[0], "cut_off");
});

test("what ends without a word after a lost answer does not go on at the provider", async () => {
  await using made = await begun([hourly({ timeoutMs: HOUR })], 45 * MINUTE);
  providerOf(made).scriptVerify("lost_reply");
  const provider = providerOf(made);
  const { verify } = provider;
  provider.verify = async (id, call) => {
    if (provider.asked === 0) return await verify.call(provider, id, call);
    throw new ProviderError("unsent", "the password does not open it", {
      status: 503,
      unusable: "wrong_password",
    });
  };
  await made.clock.advance(31 * MINUTE);
  assert.deepEqual(await states(made, "p-1"), ["inconclusive"]);
  assert.equal(provider.verifying(), undefined);
});

test("storage that is not the one it was ends it at once with the cause, and is looked at before anything is asked", async () => {
  await using made = await begun([hourly({ timeoutMs: HOUR })], 45 * MINUTE);
  const provider = providerOf(made);
  const gone = { status: 503, unusable: "no_repository" } as const;
  provider.verify = () => Promise.reject(new ProviderError("unknown", "is its disk mounted?", gone));
  await made.clock.advance(31 * MINUTE);
  const one = await lastOf(made);
  assert.deepEqual([one?.state, one?.message], ["inconclusive", "is its disk mounted?"]);
});

test("one that took too long says what its provider said last", async () => {
  await using made = await begun([hourly({ timeoutMs: 10 * MINUTE })], 45 * MINUTE);
  const provider = providerOf(made);
  provider.verify = () =>
    Promise.reject(new ProviderError("unknown", "the share does not answer", { status: 504 }));
  await made.clock.advance(45 * MINUTE);
  const one = await lastOf(made);
  assert.match(one?.message ?? "", /longer than its timeout, 600 s: the share does not answer/);
});
