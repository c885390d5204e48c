// What people and the world do to the program from outside.

import { ProviderError, StoreError } from "../../src/domain/errors.ts";
import type { Caller } from "../../src/ports/operations.ts";
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
      const pause = () => operations?.pause(name, BY, { until });
      later(dice.one([hold, hold, freeze, pause])());
      await world.advance(3_000);
      world.jump(36 * HOUR);
      later(operations?.runRetention(name, BY, false));
      await world.advance(45_000);
      return world.jump(-36 * HOUR);
    }
    case "edit_schedule":
      world.edit(name, { schedule: editedSchedule(dice) });
      return world.reload();
    case "edit_policy":
      world.edit(name, { retention: editedPolicy(dice) });
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
      return later(operations?.pause(name, BY, until));
    }
    case "resume":
      return later(operations?.resume(name, BY));
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
    case "trust":
      if (engine !== undefined) world.seen.doubt.trusted();
      return later(engine?.trustClock("operator"));
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
        suspects.length === 0 ? undefined : operations?.decideSuspect(dice.one(suspects), action, BY),
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

function addStrangers(world: World): void {
  for (const provider of world.providers.values()) world.park.addStrangers(provider, world.now());
}
