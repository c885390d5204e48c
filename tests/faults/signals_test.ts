// Stops, freezes and crowds the real program: it ends in time whatever its providers do, wakes up where it was, and
// leaves no room for a second one.

import assert from "node:assert/strict";
import { systemClock } from "../../src/runtime/clock.ts";
import { ALL_ABILITIES, type LedgerFault, startLedgerProvider } from "../support/ledger_provider.ts";
import { dailyPattern, programTest, until } from "../support/program.ts";
import {
  availableIsTrue,
  claimsOf,
  everyDeleteWasCommitted,
  everyEffectIsKnown,
  everyPostWasCommitted,
  everySlotIsDecidedOnce,
  oneEffectForEachSlot,
  readClaims,
} from "./ledger_checks.ts";

/** Ten seconds, but for a machine that has much else to do; calls and `stop_timeout` have longer. */
const STOP_LIMIT_MS = 25_000;

programTest(
  "SIGTERM waits for no POST, GET or DELETE that hangs, and nothing is half done",
  async (rig) => {
    let hangs = true;
    const hangOn = (method: string) => ({
      abilities: ALL_ABILITIES,
      fault: (call: { method: string }): LedgerFault | undefined =>
        hangs && call.method === method ? { fault: "hang" } : undefined,
    });
    await using post = startLedgerProvider(hangOn("POST"));
    await using get = startLedgerProvider(hangOn("GET"));
    await using remove = startLedgerProvider(hangOn("DELETE"));
    const providers = { post, get, remove };
    const { pattern } = dailyPattern(4_000);
    const job = (name: string, schedule: string) =>
      `  - { name: ${name}, schedule: "${schedule}", retention: { secondly: 1 }, retry_interval: 100ms, provider: ` +
      `{ url: "${
        providers[name as keyof typeof providers].url
      }", poll_interval: 200ms, max_concurrent: 2 } }\n`;
    const yaml = `jobs:\n${job("post", pattern)}${job("get", pattern)}${job("remove", "* * * * * *")}`;
    await rig.configure(yaml, "auth: none");

    const first = await rig.server();
    const reached = (provider: typeof post, method: string) => (provider.counts[method] ?? 0) > 0;
    await until(
      "each provider hangs",
      () => reached(post, "POST") && reached(get, "GET") && reached(remove, "DELETE"),
    );
    const asked = systemClock.monotonic();
    const ended = await first.kill("SIGTERM");
    const tookMs = systemClock.monotonic() - asked;
    assert.equal(ended.code, 143, ended.err);
    assert.ok(tookMs < STOP_LIMIT_MS, `it took ${tookMs} ms to stop`);
    assert.doesNotMatch(ended.err, /^\s+at /m);

    hangs = false;
    const second = await rig.server();
    await until("what hung is settled", async () => {
      const runs = await second.runs();
      return ["post", "get"].every((job) => runs.find((run) => run.job === job)?.state === "available");
    });
    assert.equal((await second.post("/jobs/remove/pause")).status, 200);
    await until("the last run is over", async () => (await second.runs("remove"))[0].state !== "running");
    const claims = await readClaims(second);
    for (const [name, provider] of Object.entries(providers)) {
      const own = claimsOf(claims, [name]);
      everyPostWasCommitted(own, provider);
      everyEffectIsKnown(own, provider);
      oneEffectForEachSlot(provider);
      everyDeleteWasCommitted(own, provider);
      // A DELETE that hung took effect: until it is asked about again, the row is on its way out.
      availableIsTrue(own, provider);
    }
    const inDoubt = claims.runs.filter((run) => run.job === "remove" && run.delete_sent_at !== null);
    assert.ok(inDoubt.length > 0 && inDoubt.every((run) => ["deleting", "deleted"].includes(run.state)));
  },
);

programTest(
  "a second program on the state of a frozen one exits 75; SIGCONT finds the first unharmed",
  async (rig) => {
    await using provider = startLedgerProvider({ abilities: ALL_ABILITIES });
    await rig.configure(
      `jobs:\n  - { name: one, schedule: "* * * * * *", retention: { secondly: 3 }, ` +
        `provider: { url: "${provider.url}", poll_interval: 100ms } }\n`,
      "auth: none",
    );
    const first = await rig.server();
    const available = async () => (await first.runs("one")).filter((run) => run.state === "available").length;
    await until("two backups are made", async () => await available() >= 2);

    first.child.signal("SIGSTOP");
    const startedBefore = provider.counts.started!;
    const { code, err } = await rig.startServer().end();
    assert.equal(code, 75, err);
    assert.match(err, /another process holds it/);
    assert.equal(err.trim().split("\n").length, 1, `one line is enough: ${err}`);
    assert.equal(provider.counts.started, startedBefore, "neither began anything");

    const wokenAt = systemClock.now();
    first.child.signal("SIGCONT");
    await until("it goes on", async () => {
      const [newest] = await first.runs("one");
      return newest?.state === "available" && Date.parse(newest.created_at) > wokenAt + 1_500;
    });
    assert.equal((await first.post("/jobs/one/pause")).status, 200);
    await until("the last run is over", async () => (await first.runs("one"))[0].state !== "running");
    const claims = await readClaims(first);
    everyPostWasCommitted(claims, provider);
    everyEffectIsKnown(claims, provider);
    oneEffectForEachSlot(provider);
    everyDeleteWasCommitted(claims, provider);
    availableIsTrue(claims, provider);
    const since = Date.parse(claims.events.find((event) => event.type === "job.added")!.at);
    const paused = Date.parse(claims.events.findLast((event) => event.type === "job.paused")!.at);
    everySlotIsDecidedOnce(claims, "one", 1_000, since, paused);
    const missed = claims.runs.filter((run) => run.reason === "missed");
    assert.ok(missed.some((run) => run.slots! >= 3), "the slots it slept through are on record");
    assert.equal((await first.kill("SIGTERM")).code, 143);
  },
);
