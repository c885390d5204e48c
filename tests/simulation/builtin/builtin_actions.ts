// What people, other programs and the world do to a world of built-ins.

import { ProviderError, StoreError } from "../../../src/domain/errors.ts";
import { isUnfinished } from "../../../src/domain/backup.ts";
import type { Caller } from "../../../src/ports/operations.ts";
import { type BuiltinAction, PASSWORD, PATHS, REPOSITORY } from "./builtin_scenario.ts";
import type { BuiltinWorld } from "./builtin_world.ts";
import { hexId } from "./machine.ts";
import { isTree, SimRepository } from "./restic_repository.ts";

const MINUTE = 60_000;

export const BY: Caller = { name: "operator", role: "admin" };

/** Something that happens. */
export async function act(world: BuiltinWorld, action: BuiltinAction): Promise<void> {
  const { dice, storage, machine, far, operations } = world;
  const name = dice.one(world.declared).name;
  const repository = storage.repositories.get(REPOSITORY);
  world.note(`action ${action} ${name}`);
  switch (action) {
    case "kill":
      return world.crash(world.life, "kill -9");
    case "kill_amid": {
      const mine = () =>
        [...machine.processes.values()].find((one) => one.ours !== null && one.name !== "schelly");
      await world.advance(6 * MINUTE, () => mine() !== undefined);
      await world.advance(dice.upTo(3_000), () => mine() === undefined);
      return world.crash(world.life, "kill -9 while something runs");
    }
    case "stop":
      return await world.stop(dice.one([0, 5_000, 5 * MINUTE, 60 * MINUTE]));
    case "reboot":
      return world.reboot();
    case "others_backup": {
      const [on, user] = dice.one(
        [[machine, "root"], [machine, "maria"], [machine, "schelly"], [far, "schelly"]] as const,
      );
      const tags = dice.chance(0.5)
        ? ["--tag=nightly"]
        : ["--tag=schelly", "--tag=backup:far-1", "--tag=job:db"];
      return void world.startElsewhere(on, user, ["backup", "--json", ...tags, "--", PATHS[2]!]);
    }
    case "others_snapshot": {
      if (repository === undefined) return;
      // Of another Schelly, with a job of the same name.
      const id = `far-${hexId(dice).slice(0, 12)}`;
      const pack = `tree-${id}`;
      repository.packs.add(pack);
      repository.snapshots.push({
        id: hexId(dice),
        time: world.now(),
        host: "far",
        user: "schelly",
        tags: ["schelly", `backup:${id}`, `run:${id}`, "job:db"],
        paths: [PATHS[0]!],
        original: undefined,
        packs: [pack],
      });
      return;
    }
    case "others_die":
      for (const one of [...machine.processes.values(), ...far.processes.values()]) {
        if (one.ours === null) one.machine.signal(one, "SIGKILL");
      }
      return;
    case "retag": {
      const ours = repository?.snapshots.filter(({ tags }) => tags.includes("schelly")) ?? [];
      if (ours.length === 0) return;
      return void world.startElsewhere(far, "admin", ["tag", "--add", "keep-me", dice.one(ours).id]);
    }
    case "admin_forget": {
      if (repository === undefined || repository.snapshots.length === 0) return;
      return void world.startElsewhere(far, "admin", ["forget", dice.one(repository.snapshots).id]);
    }
    case "admin_unlock":
      return void world.startElsewhere(dice.one([far, machine]), "admin", ["unlock"]);
    case "admin_prune":
      return void world.startElsewhere(far, "admin", ["prune"]);
    case "swap":
      return swap(world);
    case "unmount":
      if (repository === undefined || world.setAside !== undefined) return;
      world.setAside = repository;
      return void storage.repositories.delete(REPOSITORY);
    case "mend_place":
      return mendPlace(world);
    case "damage": {
      const packs = repository?.snapshots.flatMap((one) => one.packs) ?? [];
      if (repository === undefined || packs.length === 0) return;
      world.grounds.spoiled.add(repository);
      return world.grounds.loses(repository, dice.one(packs));
    }
    case "rot":
    case "rot_tree":
    case "repair":
    case "empty_source":
    case "slow_disk":
    case "quick_disk":
      return actOnData(world, action);
    case "lose_journal":
      if (dice.chance(0.5)) return await world.stop(5_000, () => world.loseMemories());
      world.crash(world.life, "kill -9, and its memory is lost");
      return world.loseMemories();
    case "rename_provider":
      renameProvider(world);
      return dice.chance(0.5) ? world.reload() : await world.stop(2_000);
    case "edit_paths": {
      for (const [key, spec] of world.specs) {
        if (spec.kind === "restic") {
          const paths = dice.one([PATHS.slice(0, 1), PATHS.slice(0, 2), PATHS.slice(1)]);
          world.specs = new Map(world.specs).set(key, { ...spec, paths });
        }
      }
      return dice.chance(0.5) ? world.reload() : await world.stop(2_000);
    }
    case "edit_data": {
      const path = dice.one(PATHS);
      const unreadable = dice.chance(0.3) ? [`${path}/secret`] : [];
      if (dice.chance(0.2)) storage.sources.delete(path);
      else storage.sources.set(path, { files: 3, bytes: 5e6, content: dice.upTo(1_000), unreadable });
      return;
    }
    case "trigger":
      return later(world, operations?.trigger(name, BY, undefined));
    case "cancel": {
      const run = world.runsOf(name).find((one) => isUnfinished(one.status));
      return later(world, run && operations?.cancelRun(run, BY));
    }
    case "delete": {
      const rows = world.runsOf(name).filter(({ id }) => id !== null);
      return later(world, rows.length === 0 ? undefined : operations?.deleteBackup(dice.one(rows), BY));
    }
    case "import":
      return later(world, operations?.importBackups(name, BY, false));
    case "approve":
      return await approve(world, name);
    case "scripts_fail":
      world.scripts.fails = dice.one(["none", "pre", "create", "post"]);
      return;
    case "linger":
      return await world.advance(25 * MINUTE);
  }
}

/** What becomes of data. */
function actOnData(world: BuiltinWorld, action: BuiltinAction): void {
  const { dice, storage, grounds } = world;
  const repository = storage.repositories.get(REPOSITORY);
  switch (action) {
    case "rot":
    case "rot_tree": {
      const used = repository?.snapshots.flatMap(({ packs }) => packs) ?? [];
      const packs = used.filter((pack) => isTree(pack) === (action === "rot_tree"));
      if (packs.length > 0) grounds.rots(repository!, dice.one(packs));
      return;
    }
    case "repair":
      return grounds.repaired();
    case "empty_source":
      for (const path of PATHS) storage.sources.set(path, { files: 0, bytes: 0, content: dice.upTo(1_000) });
      return;
    default:
      storage.readMs = () => action === "slow_disk" ? 3_600_000 : 1_000;
  }
}

/** What was approved is the set that was shown. */
export async function approve(world: BuiltinWorld, name: string): Promise<void> {
  const view = world.operations?.retention(name);
  let digest: string | undefined;
  later(world, view?.then((found) => digest = found?.digest));
  await world.advance(30_000, () => digest !== undefined);
  if (digest === undefined) return;
  world.grounds.foundDamage = false;
  world.grounds.approved.add(name);
  later(world, world.operations?.approveRetention(name, BY, digest));
}

function later(world: BuiltinWorld, work: Promise<unknown> | undefined): void {
  work?.catch((error) => {
    const isForeseen = error instanceof StoreError || error instanceof ProviderError ||
      (error as Error).message === "Schelly is stopping";
    if (!isForeseen) world.find(`an operation fails: ${(error as Error).stack}`);
  });
}

/** Another disk is mounted there, with a repository of the same password. */
function swap(world: BuiltinWorld): void {
  const { storage, dice } = world;
  const here = storage.repositories.get(REPOSITORY);
  if (here === undefined || world.setAside !== undefined) return;
  const other = new SimRepository(hexId(dice), PASSWORD);
  world.grounds.owns(other);
  world.setAside = here;
  storage.repositories.set(REPOSITORY, other);
}

/** The program's repository is where it was; one that was swapped in keeps what it was given. */
export function mendPlace(world: BuiltinWorld): void {
  if (world.setAside === undefined) return;
  world.storage.repositories.set(REPOSITORY, world.setAside);
  world.setAside = undefined;
}

/** A provider gets another name, and says what it was called before. */
function renameProvider(world: BuiltinWorld): void {
  const spec = world.dice.one([...world.specs.values()]);
  const key = `${spec.key}-again`;
  const formerly = [spec.key, ...spec.formerly];
  const specs = new Map(world.specs);
  specs.delete(spec.key);
  world.specs = specs.set(key, { ...spec, key, formerly });
  world.declared = world.declared.map((job) =>
    job.providerKey === spec.key ? { ...job, providerKey: key, providerKeys: [key, ...formerly] } : job
  );
}
