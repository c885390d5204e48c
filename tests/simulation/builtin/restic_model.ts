// A model of restic 0.14 as far as the built-in, and people beside it, use it. restic_model_test.ts holds it against the
// real one: what differs there is wrong here.
//
// Manners that matter: `unlock` takes a process for dead that it may not signal or cannot see; SIGTERM ends it with its
// lock left; `prune` takes every pack that no snapshot refers to, and only a lock protects what a backup is just writing;
// a backup trusts the packs that the index had when it began.

import type { Random } from "../../../src/ports/host.ts";
import { hexId, type Program, type Running, type SimProcess } from "./machine.ts";
import { type Call, Fatal, parse } from "./restic_call.ts";
import { checkSubset, findPack, list, restore } from "./restic_reading.ts";
import {
  isTree,
  packId,
  type SimLock,
  SimRepository,
  type SimSnapshot,
  type SimStorage,
} from "./restic_repository.ts";

/** After its lock is written restic waits, and looks for others once more. */
const LOCK_CHECK_MS = 200;
const REFRESH_MS = 5 * 60_000;
const STALE_MS = 30 * 60_000;
const OPEN_MS = 150;
const PROGRESS_MS = 1_000;
/** A long backup tells of itself less often than restic does: each word costs the simulation a turn. */
const MOST_STEPS = 8;

/** The program over `storage`; `mayProbe`: whether one process may send a signal to another. */
export function resticModel(
  storage: SimStorage,
  random: Random,
  mayProbe: (from: SimProcess, to: SimProcess) => boolean = (from, to) => from.user === to.user,
): Program {
  return async (running) => {
    const call = parse(running.argv);
    try {
      await running.pause(OPEN_MS);
      return await carryOut(storage, random, mayProbe, running, call);
    } catch (error) {
      if (!(error instanceof Fatal)) throw error;
      for (const line of error.lines) running.err(line);
      return 1;
    }
  };
}

async function carryOut(
  storage: SimStorage,
  random: Random,
  mayProbe: (from: SimProcess, to: SimProcess) => boolean,
  running: Running,
  call: Call,
): Promise<number> {
  const { out, self } = running;
  if (call.command === "version") {
    out("restic 0.14.0 compiled with go1.19.8 on linux/amd64");
    return 0;
  }
  const path = running.env.RESTIC_REPOSITORY ?? "";
  if (call.command === "init") return init(storage, random, running, path);
  const repository = open(storage, running, path);
  switch (call.command) {
    case "cat":
      return cat(repository, running, call);
    case "list":
      for (const id of repository.locks.keys()) out(id);
      return 0;
    case "snapshots":
      if (call.flags.has("no-lock")) return snapshots(repository, running, call);
      return await locked(repository, random, running, false, () => snapshots(repository, running, call));
    case "unlock":
      for (const lock of [...repository.locks.values()]) {
        const all = call.flags.has("remove-all");
        if (all || isStale(lock, self, mayProbe)) repository.removeLock(lock.id, self);
      }
      out("successfully removed locks");
      return 0;
    case "backup":
      return await backup(storage, repository, random, running, call);
    case "forget":
      return await locked(repository, random, running, true, () => forget(repository, running, call));
    case "tag":
      out("create exclusive lock for repository");
      return await locked(repository, random, running, true, () => tag(repository, random, running, call));
    case "prune":
      return await locked(repository, random, running, true, () => prune(repository, running));
    case "check":
      out("create exclusive lock for repository");
      return await locked(repository, random, running, true, async () => {
        const isDamaged = check(repository, running);
        const isRotten = await checkSubset(storage, repository, running, call);
        if (isDamaged || isRotten) throw new Fatal(["Fatal: repository contains errors"]);
        out("no errors were found");
        return 0;
      });
    case "ls":
      return await reading(call, repository, random, running, () => list(repository, running, call));
    case "find":
      return await reading(call, repository, random, running, () => findPack(repository, running, call));
    case "restore":
      return await reading(
        call,
        repository,
        random,
        running,
        () => restore(storage, repository, running, call),
      );
    default:
      throw new Fatal([`unknown command "${call.command}" for "restic"`]);
  }
}

/** Under a lock that keeps nothing but exclusive ones out, or under none where that is asked. */
async function reading(
  { flags }: Call,
  repository: SimRepository,
  random: Random,
  running: Running,
  work: () => number | Promise<number>,
): Promise<number> {
  return flags.has("no-lock") ? await work() : await locked(repository, random, running, false, work);
}

function init(storage: SimStorage, random: Random, { out, env }: Running, path: string): number {
  if (storage.repositories.has(path)) {
    throw new Fatal([`Fatal: create repository at ${path} failed: config file already exists`, ""]);
  }
  const repository = new SimRepository(hexId(random), env.RESTIC_PASSWORD ?? "");
  storage.repositories.set(path, repository);
  storage.made(repository);
  out(`created restic repository ${repository.id.slice(0, 10)} at ${path}`);
  return 0;
}

function open(storage: SimStorage, { env }: Running, path: string): SimRepository {
  const repository = storage.repositories.get(path);
  if (repository === undefined) {
    throw new Fatal([
      `Fatal: unable to open config file: stat ${path}/config: no such file or directory`,
      "Is there a repository at the following location?",
      path,
    ]);
  }
  if (env.RESTIC_PASSWORD !== repository.password) throw new Fatal(["Fatal: wrong password or no key found"]);
  return repository;
}

function cat(repository: SimRepository, { out }: Running, { rest }: Call): number {
  if (rest[0] === "config") {
    out(JSON.stringify({ version: 2, id: repository.id, chunker_polynomial: "2222c7e2fba3b9" }));
    return 0;
  }
  const lock = repository.locks.get(rest[1] ?? "");
  if (lock === undefined) throw new Fatal([`open locks/${rest[1]}: no such file or directory`]);
  const { owner: { machine, user, pid } } = lock;
  out(
    JSON.stringify({
      time: new Date(lock.time).toISOString(),
      exclusive: lock.exclusive,
      hostname: machine.host,
      username: user,
      pid,
    }),
  );
  return 0;
}

function snapshots(repository: SimRepository, { out }: Running, { flags }: Call): number {
  const tags = flags.get("tag") ?? [];
  const found = repository.snapshots.filter((one) =>
    tags.length === 0 || tags.some((list) => list.split(",").every((tag) => one.tags.includes(tag)))
  );
  out(JSON.stringify(
    found.toSorted((a, b) => a.time - b.time).map((one) => ({
      time: new Date(one.time).toISOString(),
      paths: one.paths,
      hostname: one.host,
      username: one.user,
      ...(one.tags.length === 0 ? {} : { tags: one.tags }),
      ...(one.original === undefined ? {} : { original: one.original }),
      id: one.id,
      short_id: one.id.slice(0, 8),
    })),
  ));
  return 0;
}

/** As `lock.Stale` of 0.14 judges. */
function isStale(
  lock: SimLock,
  self: SimProcess,
  mayProbe: (from: SimProcess, to: SimProcess) => boolean,
): boolean {
  const { machine, space } = self;
  if (machine.clock.now() - lock.time > STALE_MS) return true;
  if (lock.owner.machine.host !== machine.host) return false;
  const there = machine.processes.get(lock.owner.pid);
  return there === undefined || there.space !== space || !mayProbe(self, there);
}

/** Holds a lock while `work` goes on, renews it, and takes it away at the end; what kills the process leaves it. */
async function locked(
  repository: SimRepository,
  random: Random,
  running: Running,
  exclusive: boolean,
  work: () => number | Promise<number>,
): Promise<number> {
  const { self } = running;
  const { clock } = self.machine;
  conflict(repository, exclusive, undefined, clock.now());
  const write = () => {
    const lock = { id: hexId(random), time: clock.now(), exclusive, owner: self };
    repository.locks.set(lock.id, lock);
    return lock.id;
  };
  let id = write();
  const leave = () => void repository.locks.delete(id);
  self.caught.SIGINT = () => Promise.resolve(leave());
  await running.pause(LOCK_CHECK_MS);
  try {
    conflict(repository, exclusive, id, clock.now());
  } catch (error) {
    leave();
    throw error;
  }
  let over = false;
  const renew = async () => {
    for (;;) {
      await clock.sleep(REFRESH_MS);
      if (over || !self.alive) return;
      const before = id;
      id = write();
      repository.locks.delete(before);
    }
  };
  void renew();
  try {
    return await work();
  } finally {
    over = true;
    leave();
  }
}

function conflict(
  repository: SimRepository,
  exclusive: boolean,
  own: string | undefined,
  now: number,
): void {
  for (const { id, owner, time, exclusive: isExclusive } of repository.locks.values()) {
    if (id === own || (!exclusive && !isExclusive)) continue;
    throw new Fatal([
      `unable to create lock in backend: repository is already locked ${isExclusive ? "exclusively " : ""}` +
      `by PID ${owner.pid} on ${owner.machine.host} by ${owner.user} (UID 0, GID 0)`,
      `lock was created at ${new Date(time).toISOString()} (${(now - time) / 1000}s ago)`,
      `storage ID ${id.slice(0, 8)}`,
      "the `unlock` command can be used to remove stale locks",
    ]);
  }
}

async function backup(
  storage: SimStorage,
  repository: SimRepository,
  random: Random,
  running: Running,
  call: Call,
): Promise<number> {
  const { out, err, self } = running;
  const { clock, host } = self.machine;
  const isStdin = call.flags.has("stdin");
  const wanted = isStdin ? ["/stdin"] : call.rest;
  const paths = wanted.filter((path) => isStdin || storage.sources.has(path));
  for (const path of wanted) if (!paths.includes(path)) err(`${path} does not exist, skipping`);
  if (paths.length === 0) throw new Fatal(["Fatal: all target directories/files do not exist"]);
  const sources = paths.map((path) =>
    storage.sources.get(path) ?? { files: 1, bytes: 0, content: random.next() }
  );
  return await locked(repository, random, running, false, async () => {
    const began = clock.now();
    const known = new Set(repository.packs);
    const contents = sources.map(({ content, files, bytes, uid = 1000 }, at) => {
      return { pack: `${paths[at]}@${content}`, path: paths[at]!, files, bytes, uid };
    });
    const packs = contents.map(({ pack }) => pack);
    packs.push(`tree-${hexId(random).slice(0, 16)}`);
    const isDry = call.flags.has("dry-run");
    let left = isDry ? 0 : storage.backupMs(self);
    for (const pack of packs) if (!isDry && !known.has(pack)) repository.packs.add(pack);
    out(JSON.stringify({ message_type: "status", percent_done: 0, total_files: 1, total_bytes: 6 }));
    const step = Math.max(PROGRESS_MS, left / MOST_STEPS);
    while (left > 0 || (isStdin && self.stdinOpen)) {
      await running.pause(Math.min(step, isStdin ? step : left));
      left -= step;
      if (left > 0) out(JSON.stringify({ message_type: "status", percent_done: 0.5, total_files: 2 }));
    }
    const unreadable = sources.flatMap((source) => source.unreadable ?? []);
    for (const item of unreadable) {
      const error = { Op: "read", Path: item, Err: 5 };
      err(JSON.stringify({ message_type: "error", error, during: "archival", item }));
    }
    const snapshot: SimSnapshot = {
      id: hexId(random),
      time: began,
      host: call.flags.get("host")?.[0] ?? host,
      user: self.user,
      tags: (call.flags.get("tag") ?? []).flatMap((tags) => tags.split(",")).filter((tag) => tag !== ""),
      paths: paths.toSorted(),
      original: undefined,
      packs,
      contents,
    };
    if (!isDry) {
      repository.snapshots.push(snapshot);
      repository.watch.saved(repository, snapshot, self);
    }
    out(JSON.stringify({
      message_type: "summary",
      files_new: 0,
      files_changed: 0,
      total_files_processed: sources.reduce((sum, { files }) => sum + files, 0),
      total_bytes_processed: sources.reduce((sum, { bytes }) => sum + bytes, 0),
      data_added: 0,
      snapshot_id: snapshot.id.slice(0, 8),
    }));
    if (unreadable.length === 0) return 0;
    err("Warning: at least one source file could not be read");
    return 3;
  });
}

function forget(repository: SimRepository, running: Running, { rest, flags }: Call): number {
  for (const prefix of rest) {
    const found = repository.find(prefix);
    if (found === undefined) {
      running.err(`Ignoring "${prefix}": no matching ID found for prefix "${prefix}"`);
      continue;
    }
    repository.snapshots = repository.snapshots.filter((one) => one !== found);
    repository.watch.forgotten(repository, found, running.self);
    if (Number(flags.get("verbose")) >= 2) running.out(`removed <snapshot/${found.id.slice(0, 10)}>`);
  }
  return flags.has("prune") ? prune(repository, running) : 0;
}

function tag(repository: SimRepository, random: Random, running: Running, { rest, flags }: Call): number {
  let modified = 0;
  for (const prefix of rest) {
    const found = repository.find(prefix);
    if (found === undefined) {
      running.err(`Ignoring "${prefix}": no matching ID found for prefix "${prefix}"`);
      continue;
    }
    const removed = flags.get("remove") ?? [];
    const kept = (flags.get("set") ?? found.tags).filter((one) => !removed.includes(one));
    const added = (flags.get("add") ?? []).filter((one) => !kept.includes(one));
    const tags = [...kept, ...added];
    if (tags.join() === found.tags.join()) continue;
    const anew = { ...found, id: hexId(random), tags, original: found.original ?? found.id };
    repository.snapshots = repository.snapshots.map((one) => one === found ? anew : one);
    modified++;
  }
  running.out(modified === 0 ? "no snapshots were modified" : `modified tags on ${modified} snapshots`);
  return 0;
}

function prune(repository: SimRepository, { out }: Running): number {
  const used = new Set(repository.snapshots.flatMap(({ packs }) => packs));
  const broken = repository.snapshots.find((one) => !repository.hasPacks(one));
  if (broken !== undefined) {
    const lost = broken.packs.find((pack) => !repository.packs.has(pack))!;
    throw new Fatal([
      "The index references 1 needed pack files which are missing from the repository:",
      `  ${packId(lost)}`,
      "Fatal: packs from index missing in repo",
    ]);
  }
  const gone = [...repository.packs].filter((pack) => !used.has(pack));
  for (const pack of gone) repository.packs.delete(pack);
  out(`total prune:           ${gone.length} blobs / ${gone.length} B`);
  out(`remaining:             ${repository.packs.size} blobs / ${repository.packs.size} B`);
  out("done");
  return 0;
}

/** Reads trees and no data; true where something is wrong. */
function check(repository: SimRepository, { out, err }: Running): boolean {
  out("check snapshots, trees and blobs");
  const used = new Set(repository.snapshots.flatMap(({ packs }) => packs));
  let isDamaged = false;
  for (const pack of used) {
    if (!repository.packs.has(pack)) err(`pack ${packId(pack)}: does not exist`);
    else if (!repository.rotten.has(pack) || !isTree(pack)) continue;
    else {
      err(`error for tree ${packId(pack).slice(0, 8)}:`);
      err(`  decrypting blob ${packId(pack)} failed: ciphertext verification failed`);
    }
    isDamaged = true;
  }
  return isDamaged;
}
