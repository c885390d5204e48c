// Chaos with real processes: built-ins and a provider over HTTP, under kills, restarts, edits, holds, freezes, pauses and a
// clock that jumps; then everything heals, and what the program says is laid beside what the storages have.
// SCHELLY_TEST_CHAOS sets for how many minutes (CI: half of one), SCHELLY_TEST_SEED repeats a run's choices.

import assert from "node:assert/strict";
import process from "node:process";
import { systemClock } from "../../src/runtime/clock.ts";
import { FakeRandom } from "../support/fake_ids.ts";
import { FAKETIME, type MovedClock, movedClock } from "../support/faketime.ts";
import { ALL_ABILITIES, type LedgerProvider, startLedgerProvider } from "../support/ledger_provider.ts";
import { programTest, type Rig, type Server, until } from "../support/program.ts";
import { requireTool } from "../support/require_tool.ts";
import {
  changeSource,
  configurationOf,
  deletionsBegun,
  filesThere,
  hooksRun,
  JOBS,
  prepareStorages,
  snapshotsThere,
} from "./chaos_world.ts";
import {
  availableIsTrue,
  type Claims,
  claimsOf,
  everyDeleteWasCommitted,
  everyEffectIsKnown,
  everyPostWasCommitted,
  fencesRise,
  readClaims,
} from "./ledger_checks.ts";
import { withoutTimes } from "./without_times.ts";

const MINUTES = Number(process.env.SCHELLY_TEST_CHAOS ?? 0.5);
const SEED = Number(process.env.SCHELLY_TEST_SEED ?? Date.now() % 1_000_000);
const hasRestic = requireTool("restic") === false;
const jobs = JOBS.filter((job) => hasRestic || job !== "home");

/** One run of chaos: what was done and answered. */
class Chaos {
  server: Server | undefined;
  /** Provider ids whose hold was answered, by job. */
  readonly held = new Map<string, string>();
  readonly counts: Record<string, number> = {};
  #edits = 0;
  readonly #clock: MovedClock;

  constructor(readonly rig: Rig, readonly provider: LedgerProvider, readonly random: () => number) {
    this.#clock = movedClock(rig);
  }

  async configure(): Promise<void> {
    const yaml = configurationOf(this.rig.folder, this.provider.url, hasRestic, this.#edits++);
    await this.rig.configure(yaml, "auth: none");
  }

  async up(): Promise<Server> {
    const env = FAKETIME === undefined ? undefined : this.#clock.env;
    return this.server = await this.rig.server({ env });
  }

  async setRightClock(): Promise<void> {
    await this.#clock.set("+0");
  }

  async rest(mostMs: number): Promise<void> {
    await systemClock.sleep(this.random() * mostMs);
  }

  /** One act, at random. */
  async act(): Promise<void> {
    const acts = ["kill", "kill", "restart", "edit", "hold", "freeze", "pause", "trigger", "clock", "rest"];
    const name = acts[Math.floor(this.random() * acts.length)]!;
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    const server = this.server!;
    switch (name) {
      case "kill":
      case "restart": {
        const { code, err } = await server.kill(name === "kill" ? "SIGKILL" : "SIGTERM");
        assert.equal(code, name === "kill" ? 137 : 143, `it ended by itself: ${err.slice(-3_000)}`);
        await changeSource(this.rig.folder, this.#edits);
        await this.rest(1_500);
        await this.up();
        return;
      }
      case "edit":
        await this.configure();
        await server.post("/-/reload");
        return;
      case "hold":
        return await this.#hold();
      case "freeze":
        return await this.#freeze();
      case "pause": {
        const job = jobs[Math.floor(this.random() * jobs.length)]!;
        assert.equal((await server.post(`/jobs/${job}/pause`)).status, 200);
        await this.rest(3_000);
        assert.equal((await server.post(`/jobs/${job}/resume`)).status, 200);
        return;
      }
      case "trigger":
        await server.post(`/jobs/${jobs[Math.floor(this.random() * jobs.length)]}/trigger`);
        return;
      case "clock":
        if (FAKETIME === undefined) return;
        await this.#clock.set(["+3h", "-2h", "+400d", "-1d"][Math.floor(this.random() * 4)]!);
        await this.rest(6_000);
        await this.setRightClock();
        return;
      case "rest":
        return await this.rest(4_000);
    }
  }

  async #hold(): Promise<void> {
    const server = this.server!;
    const available = (await server.runs()).filter((run) => run.state === "available" && run.id !== null);
    const run = available[Math.floor(this.random() * available.length)];
    if (run === undefined || this.held.size >= 12) return;
    const path = `/backups/${encodeURIComponent(run.id)}/hold?job=${run.job}`;
    const { status } = await server.request("PUT", path, { body: { reason: "chaos" } });
    if (status === 200) this.held.set(run.id, run.job);
  }

  /** Between its answer and its end no deletion begins, but those that the answer names. */
  async #freeze(): Promise<void> {
    const server = this.server!;
    const { status, body } = await server.request("PUT", "/freeze", { body: { reason: "chaos" } });
    assert.equal(status, 200);
    const onTheWire: number = (body.in_flight ?? body.on_the_wire ?? []).length;
    await systemClock.sleep(300);
    const [files, calls] = [await deletionsBegun(this.rig.folder), this.provider.counts.DELETE ?? 0];
    await this.rest(3_000);
    assert.ok(await deletionsBegun(this.rig.folder) <= files + onTheWire, "a deletion began while frozen");
    assert.ok((this.provider.counts.DELETE ?? 0) <= calls + onTheWire, "a DELETE was sent while frozen");
    assert.equal((await server.request("DELETE", "/freeze")).status, 200);
  }

  /** The clock is right, nothing is frozen or paused, and each job makes another backup; then all is paused. */
  async heal(): Promise<Claims> {
    await this.setRightClock();
    if (this.server === undefined) await this.up();
    const server = this.server!;
    await server.request("DELETE", "/freeze");
    await server.post("/clock/trust");
    for (const job of jobs) await server.post(`/jobs/${job}/resume`);
    const since = systemClock.now();
    const open = ["intent", "sending", "unknown", "running", "cancelling"];
    await until("each job makes another backup", async () => {
      const runs = await server.runs();
      return jobs.every((job) =>
        runs.some((run) => run.job === job && run.state === "available" && Date.parse(run.created_at) > since)
      );
    }, 120_000);
    for (const job of jobs) assert.equal((await server.post(`/jobs/${job}/pause`)).status, 200);
    await until("nothing is under way", async () => {
      const runs = await server.runs();
      const isOpen = (run: any) =>
        open.includes(run.state) || (run.state === "deleting" && run.delete_sent_at === null);
      return !runs.some(isOpen) && this.provider.underWay() === 0;
    }, 120_000);
    return await readClaims(server);
  }
}

/** What the program says of a built-in's backups is what its storage has. */
function storageAgrees(claims: Claims, job: string, there: ReadonlySet<string>): void {
  for (const run of claims.runs.filter((run) => run.job === job && run.id !== null)) {
    if (run.state === "available") assert.ok(there.has(run.id!), `${job}: ${run.id} is called available`);
    if (run.state === "deleted") {
      assert.ok(!there.has(run.id!), `${job}: ${run.id} is called deleted, and stands`);
    }
    if (run.state === "missing") {
      assert.ok(!there.has(run.id!), `${job}: ${run.id} is called missing, and stands`);
    }
  }
  for (const id of there) {
    assert.ok(claims.runs.some((run) => run.id === id), `${job}: ${id} stands, and nobody knows it`);
  }
}

/**
 * `post` ran for each backup whose `pre` was begun. A kill may come before `pre` has written its line, or in the middle of
 * `post`, which then runs again: each accounts for one such backup, and nothing else does.
 */
async function hooksAreInPairs(chaos: Chaos): Promise<void> {
  const { kill = 0, restart = 0 } = chaos.counts;
  let odd: string[] = [];
  await until("post ran for each backup that was begun", async () => {
    const runs = [...await hooksRun(chaos.rig.folder)];
    odd = runs.filter(([, { pre, post }]) => pre !== 1 || post !== 1)
      .map(([id, { pre, post }]) => `pre of ${id} ran ${pre} times, post ${post} times`);
    assert.ok(runs.every(([, { pre }]) => pre <= 1), `files: ${odd.join("; ")}`);
    return runs.every(([, { post }]) => post >= 1);
  });
  assert.ok(odd.length <= kill + restart, `files: ${odd.join("; ")}`);
}

function noSlotIsDecidedTwice({ runs }: Claims): void {
  const seen = new Set<string>();
  for (const { job, slot, run_id, attempt } of runs as (Claims["runs"][number] & { attempt?: number })[]) {
    if (slot === null) continue;
    const key = `${job} ${slot} ${attempt ?? 1}`;
    assert.ok(!seen.has(key), `slot ${key} is decided twice, the second time by ${run_id}`);
    seen.add(key);
  }
}

programTest(`chaos for ${MINUTES} minutes: holds hold, nothing is called what it is not`, async (rig) => {
  const drawn = new FakeRandom(SEED);
  const random = () => drawn.next();
  await using provider = startLedgerProvider({
    abilities: ALL_ABILITIES,
    durationMs: () => 10 + Math.floor(random() * 400),
    delayMs: () => Math.floor(random() * 30),
  });
  await prepareStorages(rig, hasRestic);
  const chaos = new Chaos(rig, provider, random);
  await chaos.configure();
  await chaos.setRightClock();
  await chaos.up();
  const end = systemClock.monotonic() + MINUTES * 60_000;
  while (systemClock.monotonic() < end) {
    await chaos.act();
    await chaos.rest(800);
  }
  const claims = await chaos.heal();

  const http = claimsOf(claims, ["http"]);
  const book = withoutTimes(provider);
  everyPostWasCommitted(http, book);
  everyEffectIsKnown(http, book);
  availableIsTrue(http, book);
  everyDeleteWasCommitted(http, book);
  fencesRise(provider);
  const [files, snapshots] = [await filesThere(rig.folder), await snapshotsThere(rig)];
  storageAgrees(claims, "files", files);
  if (hasRestic) storageAgrees(claims, "home", snapshots);
  noSlotIsDecidedTwice(claims);
  for (const [id, job] of chaos.held) {
    const stands = job === "http"
      ? provider.backups().has(id)
      : job === "files"
      ? files.has(id)
      : snapshots.has(id);
    assert.ok(stands, `${job}: ${id} was held, and is gone`);
  }
  await hooksAreInPairs(chaos);
  const deletions = claims.events.filter(({ type }) => type === "delete.done").length;
  if (MINUTES >= 2) assert.ok(deletions > MINUTES * 3, `only ${deletions} deletions were under fire`);
  const states = Map.groupBy(claims.runs, (run) => `${run.job} ${run.state}`);
  process.stdout.write(
    `chaos: ${MINUTES} min, seed ${SEED}, ${
      Object.entries(chaos.counts).map(([what, n]) => `${n} ${what}`).join(", ")
    }; ` +
      `${chaos.held.size} held; ${deletions} deletions, ${claims.events.length} events; ` +
      `${[...states].map(([state, runs]) => `${state} ${runs.length}`).join(", ")}\n`,
  );
});
