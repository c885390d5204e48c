// The hooks of a backup in a world where the program can be killed at any step: for each `pre` that began one `post`
// runs in the end, and nothing new begins before. Also tests due_posts.ts, end_hooks.ts and cut_off.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineEvent } from "../../../src/ports/events.ts";
import type { Files, Processes } from "../../../src/ports/host.ts";
import {
  type BackupHost,
  type BackupHostOptions,
  createBackupHost,
} from "../../../src/provider/host/backup_host.ts";
import { BackupFailure } from "../../../src/provider/host/backup_failure.ts";
import { openFolderMemory } from "../../../src/provider/host/folder_memory.ts";
import { callOf, HandBackuper, infoOf } from "../../support/backup_rig.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { FakeIds } from "../../support/fake_ids.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { systemTree } from "../../../src/runtime/file_tree.ts";

type Hook = "pre" | "post" | "on_success" | "on_failure";
const never = () => new Promise<never>(() => {});
const spec = (hook: Hook) => ({ argv: [hook] as [string], timeoutMs: 60_000 });
const HOOKS = {
  pre: spec("pre"),
  post: spec("post"),
  onSuccess: spec("on_success"),
  onFailure: spec("on_failure"),
};

/** One run of a hook. */
interface Ran {
  hook: Hook;
  backup: string;
  outcome: string;
  env: Record<string, string>;
  over: boolean;
}

/** What outlives a kill: the disk, the clock, and what hooks did to the world. */
class World {
  readonly files = new MemoryFiles();
  readonly clock = new FakeClock(Date.UTC(2026, 10, 27));
  readonly ids = new FakeIds(this.clock);
  readonly ran: Ran[] = [];
  readonly events: EngineEvent[] = [];
  /** How long each hook takes, and how it ends; absent: a second, well. */
  readonly takes: Partial<Record<Hook, number>> = {};
  readonly fails = new Set<Hook>();
  /** Steps that are still to be taken before the program is killed. */
  steps = Infinity;
  #life = 0;

  /** `hook BACKUP outcome`, the backups as A, B … in the order of their first hook. */
  log(): string[] {
    const names = [...new Set(this.ran.map(({ backup }) => backup))];
    return this.ran.map(({ hook, backup, outcome }) =>
      [hook, String.fromCharCode(65 + names.indexOf(backup)), outcome].filter((word) => word !== "").join(" ")
    );
  }

  kill(): void {
    this.#life++;
  }

  /** The program's next life. */
  open(more: Partial<BackupHostOptions> = {}): Promise<BackupHost> & { backuper: HandBackuper } {
    const life = ++this.#life;
    const backuper = new HandBackuper();
    /** A place where the power may go: before a thing happens, and after it. */
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      for (const half of [0, 1]) {
        if (half === 0 && --this.steps < 0) this.kill();
        if (life !== this.#life) return await never();
        if (half === 0) {
          const result = await work();
          if (--this.steps < 0) this.kill();
          return life === this.#life ? result : await never();
        }
      }
      return await never();
    };
    const { files: disk } = this;
    const files = new Proxy(disk, {
      get(_, name: keyof Files) {
        if (name === "appendText" || name === "writeText") {
          return (path: string, text: string) => step(() => disk[name](path, text));
        }
        return disk[name].bind(disk);
      },
    });
    const processes: Processes = {
      run: (call) => {
        const [hook] = call.argv as [Hook];
        const env = call.env!;
        const one: Ran = {
          hook,
          backup: env.SCHELLY_BACKUP_ID!,
          outcome: env.SCHELLY_OUTCOME ?? "",
          env,
          over: false,
        };
        return step(async () => {
          this.ran.push(one);
          const ended = AbortSignal.any([...(call.signal ? [call.signal] : [])]);
          const killed = await this.clock.sleep(this.takes[hook] ?? 1_000, ended).then(
            () => false,
            () => true,
          );
          if (life !== this.#life) return await never();
          one.over = !killed;
          const code = killed ? 143 : this.fails.has(hook) ? 3 : 0;
          return { code, signal: null, stdout: "", stderr: "" };
        });
      },
      killGroup: () => false,
      identity: () => Promise.resolve(undefined),
      fate: () => Promise.resolve("ended"),
    };
    const host = openFolderMemory({ files, processes, pid: 1000 + life }, "/state").then((memory) =>
      createBackupHost({
        key: "test",
        backuper,
        clock: this.clock,
        ids: this.ids,
        memory,
        processes,
        files,
        tree: systemTree,
        maxConcurrent: 1,
        sink: { emit: (event) => void this.events.push(event) },
        ...HOOKS,
        ...more,
      })
    );
    return Object.assign(host, { backuper });
  }
}

/** A host at work in a new world. */
async function worldOf(more: Partial<BackupHostOptions> = {}) {
  const world = new World();
  const opening = world.open(more);
  return { world, host: await opening, backuper: opening.backuper };
}

test("post and on_failure run after a pre that fails, one that takes too long, and one that is cancelled", async () => {
  const { world, host, backuper } = await worldOf();
  world.fails.add("pre");
  const failing = await host.create(callOf("run-1"));
  await world.clock.advance(10_000);
  assert.match((await infoOf(host, failing.id)).message!, /^The pre command 'pre' ended with exit code 3/);
  assert.deepEqual(world.log(), ["pre A", "post A failed", "on_failure A failed"]);
  assert.equal(world.ran[1]!.env.SCHELLY_REASON, "pre");
  assert.match(world.ran[1]!.env.SCHELLY_MESSAGE!, /exit code 3: the backup was not begun/);

  world.ran.length = 0;
  world.takes.pre = 300_000;
  await host.create(callOf("run-2"));
  await world.clock.advance(70_000);
  assert.deepEqual(world.log(), ["pre A", "post A failed", "on_failure A failed"]);
  assert.match(world.ran[1]!.env.SCHELLY_MESSAGE!, /took longer than 60 s/);

  world.ran.length = 0;
  const { id } = await host.create(callOf("run-3"));
  await world.clock.advance(1_000);
  const answer = host.delete(id, undefined, 1);
  await world.clock.advance(10_000);
  assert.equal(await answer, "deleted");
  assert.deepEqual(world.log(), ["pre A", "post A cancelled", "on_failure A cancelled"]);
  assert.equal(backuper.makings.length, 0);
});

test("on_success runs once the backup is said to be there; its failure is an event and no more", async () => {
  const { world, host, backuper } = await worldOf();
  world.fails.add("on_success");
  backuper.atOnce = true;
  const { id } = await host.create(callOf("run-1"));
  await world.clock.advance(2_500);
  assert.equal((await infoOf(host, id)).state, "available");
  assert.deepEqual(world.log(), ["pre A", "post A available", "on_success A available"]);
  // The next one need not wait for it.
  await host.create(callOf("run-2"));
  await world.clock.advance(10_000);
  const info = await infoOf(host, id);
  assert.deepEqual([info.state, info.message], ["available", undefined]);
  const told = world.events.filter(({ message }) => /on_success/.test(message));
  assert.match(
    told[0]!.message,
    /^After backup '.*': The on_success command 'on_success' ended with exit code 3$/,
  );
  assert.equal(told[0]!.level, "warning");
});

test("a post that a crash kept from running runs at the next start, before anything else", async () => {
  const { world, host, backuper } = await worldOf({ createBody: { volume: "v1" } });
  const { id } = await host.create(callOf("run-1", { slot: Date.UTC(2026, 10, 27) }));
  await world.clock.advance(1_500);
  assert.equal(backuper.makings.length, 1);
  world.kill();

  world.takes.post = 30_000;
  const next = await world.open({ createBody: { volume: "v1" } });
  await world.clock.settle();
  assert.deepEqual(world.log(), ["pre A", "post A cut_off"]);
  const { env } = world.ran[1]!;
  assert.deepEqual(
    [env.SCHELLY_BACKUP_ID, env.SCHELLY_RUN_ID, env.SCHELLY_JOB, env.SCHELLY_SLOT, env.SCHELLY_BODY],
    [id, "run-1", "job", "2026-11-27T00:00:00.000Z", '{"volume":"v1"}'],
  );
  assert.equal(next.totals().running, 1);
  const refused = next.create(callOf("run-2")).then(
    () => "begun",
    (error) => [error.kind, error.status, error.message],
  );
  await world.clock.advance(15_000);
  const [kind, status, message] = await refused as [string, number, string];
  assert.deepEqual([kind, status], ["unsent", 503]);
  assert.match(
    message,
    /^Cannot start a backup: the post command of backup '.*', which .*, is still running$/,
  );
  await assert.rejects(next.delete(id, undefined, 1), /its post command is still running/);

  await world.clock.advance(20_000);
  assert.equal((await infoOf(next, id)).reason, "cut_off");
  await next.create(callOf("run-2"));
  await world.clock.advance(2_000);
  assert.deepEqual(world.log(), ["pre A", "post A cut_off", "on_failure A cut_off", "pre B"]);
  assert.equal(await next.delete(id, undefined, 1), "deleted");
});

test("a start that comes during a short post of before waits for it", async () => {
  const { world, host } = await worldOf();
  await host.create(callOf("run-1"));
  await world.clock.advance(500);
  world.kill();
  const next = await world.open();
  const created = next.create(callOf("run-2"));
  await world.clock.advance(3_000);
  assert.equal((await created).state, "running");
  assert.deepEqual(world.log().slice(0, 2), ["pre A", "post A cut_off"]);
});

test("a post of after a crash that fails is told, once, and does not stand in the way", async () => {
  const { world, host } = await worldOf();
  const { id } = await host.create(callOf("run-1"));
  await world.clock.advance(500);
  world.kill();
  world.fails.add("post");
  const next = await world.open();
  await world.clock.advance(5_000);
  assert.match(
    (await infoOf(next, id)).message!,
    /^cut off: .*; The post command 'post' ended with exit code 3$/,
  );
  world.kill();
  const last = await world.open();
  await last.create(callOf("run-2"));
  await world.clock.advance(500);
  assert.deepEqual(world.log(), ["pre A", "post A cut_off", "on_failure A cut_off", "pre B"]);
});

test("a post that is ended with this program runs again; a stop leaves none due that ended", async () => {
  const { world, host, backuper } = await worldOf();
  world.takes.post = 120_000;
  backuper.atOnce = true;
  await host.create(callOf("run-1"));
  await world.clock.advance(2_000);
  const closed = host[Symbol.asyncDispose]();
  await world.clock.advance(30_000);
  await closed;
  world.kill();
  world.takes.post = 1_000;
  const next = await world.open();
  await world.clock.advance(5_000);
  assert.deepEqual(world.ran.filter(({ hook }) => hook === "post").map(({ over }) => over), [false, true]);

  await next.create(callOf("run-2"));
  await world.clock.advance(1_500);
  const stopped = next[Symbol.asyncDispose]();
  await world.clock.advance(30_000);
  await stopped;
  assert.deepEqual(world.log().slice(-3), ["pre B", "post B cut_off", "on_failure B cut_off"]);
  await world.open();
  await world.clock.advance(5_000);
  assert.equal(world.ran.filter(({ hook }) => hook === "post").length, 3);
});

test("without pre, post runs after a crash as well; a configuration without post owes none", async () => {
  const { world, host } = await worldOf({ pre: null });
  await host.create(callOf("run-1"));
  await world.clock.advance(500);
  world.kill();
  const without = await world.open({ post: null, onFailure: null });
  await world.clock.advance(5_000);
  assert.deepEqual(world.log(), []);
  await without.create(callOf("run-2"));
  await world.clock.advance(1_500);
  world.kill();
  await world.open({ pre: null });
  await world.clock.advance(5_000);
  assert.deepEqual(world.log(), ["pre A", "on_failure A cut_off"]);

  const other = await worldOf({ pre: null });
  await other.host.create(callOf("run-1"));
  await other.world.clock.advance(500);
  other.world.kill();
  await other.world.open({ pre: null });
  await other.world.clock.advance(5_000);
  assert.deepEqual(other.world.log(), ["post A cut_off", "on_failure A cut_off"]);
});

/** Kills after so many steps of the first life, then of the second; answers what ran, and whether a kill came at all. */
async function playKills(first: number, second: number, withCancel: boolean) {
  const world = new World();
  let killed = 0;
  for (const steps of [first, second, Infinity]) {
    world.steps = steps;
    const opening = world.open();
    opening.backuper.obeys = true;
    let isDone = false;
    const play = async () => {
      const host = await opening;
      // One that is refused while `post` of before runs is asked for again, as Schelly does.
      for (let tries = 0; tries < 3; tries++) {
        const created = await host.create(callOf(`run-${killed}-${tries}`)).catch(() => undefined);
        if (created === undefined) continue;
        await world.clock.sleep(5_000);
        if (withCancel) await host.delete(created.id, undefined, 1);
        else opening.backuper.makings.at(-1)?.finish();
        while (host.totals().running > 0) await world.clock.sleep(1_000);
        break;
      }
      isDone = true;
    };
    play().catch(() => {});
    // Digests are made on another thread, which no clock waits for.
    for (let turn = 0; turn < 10_000 && !isDone && world.steps >= 0; turn++) await world.clock.advance(1_000);
    if (world.steps < 0) killed++;
    world.kill();
  }
  return { world, killed };
}

for (const withCancel of [false, true]) {
  test(`for every pre that began one post ran, wherever two kills fell${withCancel ? ", and a cancel" : ""}`, async () => {
    for (let first = 0;; first++) {
      let isOver = false;
      for (const second of [1, 3, 4, 6, 8, 11, Infinity]) {
        const { world, killed } = await playKills(first, second, withCancel);
        const at = `killed after ${first} and ${second} steps: ${world.log().join(", ")}`;
        if (first > 3 || killed === 0) assert.ok(world.ran.some(({ hook }) => hook === "pre"), at);
        const open = new Set<string>();
        for (const { hook, backup, over } of world.ran) {
          if (hook === "pre") {
            assert.equal(open.size, 0, `a pre began before post of the one before: ${at}`);
            open.add(backup);
          } else if (hook === "post" && over) open.delete(backup);
        }
        assert.equal(open.size, 0, `a pre without its post: ${at}`);
        for (const id of new Set(world.ran.map(({ backup }) => backup))) {
          const posts = world.ran.filter(({ hook, backup }) => hook === "post" && backup === id);
          const pres = world.ran.filter(({ hook, backup }) => hook === "pre" && backup === id);
          assert.ok(pres.length <= 1, `pre ran twice: ${at}`);
          // Once more for each kill that came before the journal knew of its end.
          assert.ok(posts.length <= 1 + killed, `post ran too often: ${at}`);
          if (killed === 0) assert.equal(posts.length, 1, at);
        }
        isOver = killed === 0;
      }
      if (isOver) break;
      assert.ok(first < 100, "the world never gets to its end");
    }
  });
}

test("a kill in post keeps the end of before: post runs again and is told it, and so is what follows", async () => {
  for (const [ends, kills] of [["available", 1], ["available", 2], ["failed", 1], ["failed", 2]] as const) {
    const { world, host, backuper } = await worldOf();
    world.takes.post = 60_000;
    const { id } = await host.create(callOf("run-1"));
    await world.clock.advance(1_500);
    if (ends === "failed") backuper.last.fail(new BackupFailure("incomplete", "a file could not be read"));
    else backuper.last.finish();
    await world.clock.advance(1_500);
    world.kill();
    if (kills === 2) {
      // Again, before the repeated one has ended.
      await world.open();
      await world.clock.advance(1_500);
      world.kill();
    }
    world.takes.post = 1_000;
    const next = await world.open();
    await world.clock.advance(5_000);
    const after = ends === "available" ? "on_success" : "on_failure";
    const posts = Array<string>(kills + 1).fill(`post A ${ends}`);
    assert.deepEqual(world.log(), ["pre A", ...posts, `${after} A ${ends}`]);
    const { state, reason, message } = await infoOf(next, id);
    if (ends === "failed") {
      assert.deepEqual([state, reason, message], ["failed", "incomplete", "a file could not be read"]);
      const told = world.ran.slice(1).map(({ env }) => [env.SCHELLY_REASON, env.SCHELLY_MESSAGE]);
      assert.deepEqual(told, Array(kills + 2).fill(["incomplete", "a file could not be read"]));
    } else assert.equal(state, "available");
  }
});

test("where a stop ends post, what follows the backup waits for the post of the next start", async () => {
  const { world, host, backuper } = await worldOf();
  // It ends just after the stop has given it up.
  world.takes.post = 16_500;
  backuper.atOnce = true;
  await host.create(callOf("run-1"));
  await world.clock.advance(2_000);
  const closed = host[Symbol.asyncDispose]();
  await world.clock.advance(30_000);
  await closed;
  world.kill();
  world.takes.post = 1_000;
  await world.open();
  await world.clock.advance(5_000);
  assert.deepEqual(world.log(), ["pre A", "post A available", "post A available", "on_success A available"]);
});
