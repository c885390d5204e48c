// What people and the world do to the program from outside.

import { ProviderError, StoreError } from "../../src/domain/errors.ts";
import type { Caller } from "../../src/ports/operations.ts";
import { policy } from "../support/engine_rig.ts";
import { isSuspect } from "./checkers.ts";
import { at } from "./life.ts";
import { type Action, editedPolicy, editedSchedule } from "./scenario.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Who asks for everything. */
export const BY: Caller = { name: "operator", role: "admin" };

/** Something that people or the world do. */
export async function act(world: World, action: Action): Promise<void> {
  const { dice, engine, operations } = world;
  const name = dice.one(world.declared)?.name ?? "a";
  world.note(`action ${action} ${name}`);
  const later = (work: Promise<unknown> | undefined) => {
    work?.catch((error) => {
      const stopped = (error as Error).message === "Schelly is stopping";
      const unanswered = action === "import" && error instanceof ProviderError;
      if (!(error instanceof StoreError) && !stopped && !unanswered) {
        world.find(`${action} failed: ${(error as Error).stack}`);
      }
    });
  };
  switch (action) {
    case "clock_back":
      return world.jump(-dice.one([1_000, 90_000, 10 * MINUTE, HOUR, 400 * 24 * HOUR]));
    case "clock_forward":
      return world.jump(dice.one([30_000, 3 * MINUTE, HOUR, 30 * HOUR, 366 * 24 * HOUR]));
    case "clock_1970":
      return world.jump(dice.upTo(HOUR) - world.now());
    case "clock_lurch": {
      const until = world.now() + HOUR;
      const held = world.model.runsOf(name).find(({ status }) => status === "available");
      const hold = () => held && operations?.holdBackup(held, { reason: "an audit", until }, BY);
      const freeze = () => operations?.freeze({ reason: "the storage moves", until }, BY);
      const pause = () => pauseJob(world, name, { until });
      later(dice.one([hold, hold, freeze, pause])());
      await world.advance(3_000);
      world.jump(36 * HOUR);
      later(operations?.runRetention(name, BY, false));
      await world.advance(45_000);
      return world.jump(-36 * HOUR);
    }
    case "stop_amid":
      return await stopAmid(world, name);
    case "edit_schedule":
      world.edit(name, { schedule: editedSchedule(dice) });
      return world.reload();
    case "edit_policy":
      world.edit(name, {
        retention: editedPolicy(dice, world.declared),
      });
      return world.reload();
    case "swap_provider": {
      const key = dice.one([...world.providers.keys()]);
      world.edit(name, at(key));
      const used = new Set(world.declared.map((job) => job.providerKey));
      world.named = dice.chance(0.5) ? used : new Set(world.providers.keys());
      return world.reload();
    }
    case "disable":
    case "enable":
      world.edit(name, { enabled: action === "enable" });
      return world.reload();
    case "remove_job":
      if (world.declared.length > 1) world.edit(name, null);
      return world.reload();
    case "add_job":
      world.bringBack();
      return world.reload();
    case "pause": {
      const until = dice.chance(0.5) ? { until: world.now() + dice.upTo(3 * MINUTE) } : {};
      return later(pauseJob(world, name, until));
    }
    case "resume":
      return later(resumeJob(world, name));
    case "trigger":
      return later(operations?.trigger(name, BY, dice.chance(0.5) ? `key-${dice.upTo(3)}` : undefined));
    case "cancel": {
      const run = world.seen.unfinished(name);
      return later(run && operations?.cancelRun(run, BY));
    }
    case "delete": {
      const rows = world.model.runsOf(name).filter((run) => run.id !== null);
      return later(rows.length === 0 ? undefined : operations?.deleteBackup(dice.one(rows), BY));
    }
    case "approve": {
      const view = operations?.retention(name);
      return later(
        view?.then((found) => found && world.operations?.approveRetention(name, BY, found.digest)),
      );
    }
    case "retention":
      return later(operations?.runRetention(name, BY, false));
    case "trust": {
      if (engine === undefined) return;
      // Until that is answered, what the program believes after a crash nobody can say.
      const { doubt, jumpedAt } = world.seen;
      doubt.lost();
      return later(
        engine.trustClock("operator").then(() => {
          if (world.seen.jumpedAt === jumpedAt) doubt.trusted();
        }),
      );
    }
    case "stop":
      return await world.stop(dice.one([0, 5_000, 5 * MINUTE, 7 * HOUR, 9 * 24 * HOUR, 40 * 24 * HOUR]));
    case "kill":
      return world.crash(world.life, "kill -9");
    case "hold": {
      const open = world.seen.unfinished(name);
      const rows = open !== undefined && dice.chance(0.4) ? [open] : world.model.runsOf(name);
      if (rows.length === 0) return;
      const until = dice.one([null, null, world.now() + dice.upTo(5 * MINUTE)]);
      return later(operations?.holdBackup(dice.one(rows), { reason: "an audit", until }, BY));
    }
    case "release": {
      const held = world.model.runsOf(name).filter((run) => run.holdAt !== null);
      return later(held.length === 0 ? undefined : operations?.releaseBackup(dice.one(held), BY));
    }
    case "freeze": {
      const until = dice.one([null, world.now() + dice.upTo(5 * MINUTE)]);
      return later(operations?.freeze({ reason: "the storage moves", until }, BY));
    }
    case "unfreeze":
      return later(operations?.unfreeze(BY));
    case "accept":
    case "reject": {
      const suspects = world.model.runsOf(name).filter(isSuspect);
      return later(
        suspects.length === 0 ? undefined : operations?.decideSuspect(
          dice.one(suspects),
          action === "accept" ? "accept_damaged" : action,
          BY,
        ),
      );
    }
    case "restore":
      return await world.restore();
    case "outage": {
      const provider = dice.one([...world.providers.values()]);
      provider.down(dice.one(["unsent", "lost_request", "lost_reply", "malformed"] as const));
      void world.clock.sleep(dice.one([20_000, 2 * MINUTE, 20 * MINUTE])).then(() => provider.up());
      return;
    }
    case "forget": {
      // A person deletes behind the program's back: one, a few, or all that there is.
      const provider = dice.one([...world.providers.values()]);
      const living = provider.living();
      for (
        let left = dice.one([1, 1, 3, living.length, living.length]);
        left > 0 && living.length > 0;
        left--
      ) {
        provider.forget(living.splice(dice.upTo(living.length - 1), 1)[0]!.id);
      }
      return;
    }
    case "find_again": {
      // What was out of sight is back: another disk was mounted there for a while.
      const provider = dice.one([...world.providers.values()]);
      const back = provider.effects.filter(({ forgotten }) => forgotten);
      for (const effect of back) world.seen.mislaid.add(effect);
      provider.remember(...back.map(({ id }) => id));
      return;
    }
    case "strangers":
      return addStrangers(world);
    case "list_lies": {
      const { key } = dice.one([...world.providers.values()]);
      world.park.lie(key, dice.one(["empty", "cut_off", "lacks_oldest", "unreadable"] as const));
      const forMs = dice.one([MINUTE, 10 * MINUTE, HOUR]);
      void world.clock.sleep(forMs).then(() => world.park.lie(key, undefined));
      return;
    }
    case "import":
      if (dice.chance(0.7)) addStrangers(world);
      for (const job of world.declared) later(operations?.importBackups(job.name, BY, dice.chance(0.2)));
      return;
    case "linger":
      // Long enough for what was made to be old enough to be missed.
      return await world.advance(12 * MINUTE);
  }
}

/** Makes some backups, has the job delete all but one, slowly, and stops it once that has begun. */
async function stopAmid(world: World, name: string): Promise<void> {
  const { dice } = world;
  for (let made = 0; made < 4; made++) {
    world.operations?.trigger(name, BY, undefined)?.catch(() => {});
    await world.advance(1_500);
    await world.advance(40_000, () => world.seen.unfinished(name) === undefined);
  }
  const deleting = () => world.model.runsOf(name).some((run) => run.deleteSentAt !== null);
  world.edit(name, {
    retention: policy("secondly=1"),
    guard: { maxPercent: 100, policyChangeHoldMs: 0 },
    maxDeletesPerPass: 10,
  });
  world.reload();
  await world.advance(3_000);
  for (const provider of world.providers.values()) {
    provider.script("delete", ...Array.from({ length: 9 }, () => ({ does: "ok", afterMs: 1_500 }) as const));
  }
  const passes = world.operations?.runRetention(name, BY, false);
  passes?.catch(() => {});
  await world.advance(20_000, deleting);
  switch (dice.one(["pause", "disable", "edit"])) {
    case "pause":
      pauseJob(world, name, {}).catch(() => {});
      break;
    case "disable":
      world.edit(name, { enabled: false });
      world.reload();
      break;
    case "edit":
      world.edit(name, { maxDeletesPerPass: 9 });
      world.reload();
  }
  await world.advance(30_000);
  for (const provider of world.providers.values()) provider.unscript();
}

async function pauseJob(world: World, name: string, until: { until?: number }): Promise<void> {
  const { life } = world;
  await world.operations?.pause(name, BY, until);
  if (!life.dead) world.seen.acknowledged.paused.add(name);
}

/** From the moment it is asked for, the pause may be over. */
export async function resumeJob(world: World, name: string): Promise<void> {
  world.seen.acknowledged.paused.delete(name);
  await world.operations?.resume(name, BY);
}

function addStrangers(world: World): void {
  for (const provider of world.providers.values()) world.park.addStrangers(provider, world.now());
}
