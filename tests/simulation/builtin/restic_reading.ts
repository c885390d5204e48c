// What the model of restic reads of data: the list of a snapshot, the files that need a pack, a check of a share of the packs,
// and a restore. Bytes that were turned show here, and to no command that reads no data.

import type { Running } from "./machine.ts";
import { type Call, Fatal } from "./restic_call.ts";
import {
  isTree,
  packId,
  type RestoredFile,
  type SimContent,
  type SimRepository,
  type SimSnapshot,
  type SimStorage,
} from "./restic_repository.ts";

const ROTTEN = "ciphertext verification failed";
/** A long one is ended in between. */
const STEPS = 4;

function named(repository: SimRepository, prefix: string | undefined): SimSnapshot {
  const found = prefix === undefined ? undefined : repository.find(prefix);
  if (found !== undefined) return found;
  throw new Fatal([`Fatal: invalid id "${prefix}": no matching ID found for prefix "${prefix}"`]);
}

/** What is wrong with a pack as a sentence ends with it; undefined: nothing. */
function wrongWith(repository: SimRepository, pack: string): string | undefined {
  if (!repository.packs.has(pack)) {
    const id = packId(pack);
    return `StreamPack: open /repository/data/${id.slice(0, 2)}/${id}: no such file or directory`;
  }
  return repository.rotten.has(pack) ? ROTTEN : undefined;
}

function treeOf({ packs }: SimSnapshot): string | undefined {
  return packs.find(isTree);
}

/** The files that a pack gives back; their bytes come to those of all. */
function filesOf({ pack, path, files, bytes }: SimContent): RestoredFile[] {
  return Array.from({ length: files }, (_, at) => ({
    path: `${path}/file-${at + 1}`,
    bytes: Math.floor(bytes / files) + (at === 0 ? bytes % files : 0),
    pack,
  }));
}

/** `ls --json`. */
export function list(repository: SimRepository, { out, err }: Running, { rest }: Call): number {
  const snapshot = named(repository, rest[0]);
  out(JSON.stringify({ struct_type: "snapshot", id: snapshot.id, paths: snapshot.paths }));
  const tree = treeOf(snapshot);
  const wrong = tree === undefined ? undefined : wrongWith(repository, tree);
  if (wrong !== undefined) {
    err(`decrypting blob ${packId(tree!)} failed: ${wrong}`);
    return 1;
  }
  for (const content of snapshot.contents ?? []) {
    const { path, uid } = content;
    out(
      JSON.stringify({ name: path.split("/").at(-1), type: "dir", path, uid, gid: uid, struct_type: "node" }),
    );
    for (const { path, bytes } of filesOf(content)) {
      const name = path.split("/").at(-1);
      out(JSON.stringify({ name, type: "file", path, uid, gid: uid, size: bytes, struct_type: "node" }));
    }
  }
  return 0;
}

/** `find --json --pack ID --snapshot ID`. */
export function findPack(repository: SimRepository, { out }: Running, { flags }: Call): number {
  const snapshot = named(repository, flags.get("snapshot")?.[0]);
  const wanted = flags.get("pack")?.[0];
  const tree = treeOf(snapshot);
  const isReadable = tree !== undefined && wrongWith(repository, tree) === undefined;
  const found = isReadable ? snapshot.contents?.filter(({ pack }) => packId(pack) === wanted) ?? [] : [];
  const nodes = found.flatMap(filesOf).map(({ path }) => ({
    object_type: "blob",
    path,
    snapshot: snapshot.id,
  }));
  out(JSON.stringify(nodes));
  return 0;
}

/** The part of `check` that `--read-data-subset=n/t` adds: true where it finds something wrong. */
export async function checkSubset(
  storage: SimStorage,
  repository: SimRepository,
  running: Running,
  { flags }: Call,
): Promise<boolean> {
  const subset = /^(\d+)\/(\d+)$/.exec(flags.get("read-data-subset")?.[0] ?? "");
  if (subset === null) return false;
  const [part, of] = [Number(subset[1]), Number(subset[2])];
  await lasting(storage, running);
  let isWrong = false;
  for (const pack of repository.rotten) {
    const id = packId(pack);
    if (!repository.packs.has(pack) || parseInt(id.slice(0, 2), 16) % of !== part - 1) continue;
    running.err(`Pack ID does not match, want ${id}, got ${packId(`turned ${pack}`)}`);
    isWrong = true;
  }
  return isWrong;
}

/** `restore ID --target FOLDER`, with or without `--verify`: it reads all that it writes. */
export async function restore(
  storage: SimStorage,
  repository: SimRepository,
  running: Running,
  { rest, flags }: Call,
): Promise<number> {
  const snapshot = named(repository, rest[0]);
  const target = flags.get("target")?.[0] ?? "";
  const { out, err } = running;
  out(`restoring <Snapshot ${snapshot.id.slice(0, 8)} of [${snapshot.paths}]> to ${target}`);
  const written: RestoredFile[] = [];
  storage.restored.set(target, written);
  const tree = treeOf(snapshot);
  const noTree = tree === undefined ? undefined : wrongWith(repository, tree);
  const included = flags.get("include");
  let errors = 0;
  if (noTree !== undefined) {
    err(`ignoring error for /: ${noTree}`);
    errors++;
  }
  const all = noTree === undefined ? snapshot.contents?.flatMap(filesOf) ?? [] : [];
  const wanted = all.filter(({ path }) =>
    included === undefined || included.some((one) => path === one || path.startsWith(`${one}/`))
  );
  await lasting(storage, running, (done) => {
    for (const file of wanted.slice(written.length + errors, Math.ceil(wanted.length * done))) {
      const wrong = wrongWith(repository, file.pack);
      if (wrong === undefined) written.push(file);
      else {
        err(`ignoring error for ${file.path}: ${wrong}`);
        errors++;
      }
    }
  });
  if (errors === 0) {
    out(`finished verifying ${written.length} files in ${target} (took 0s)`);
    return 0;
  }
  throw new Fatal([`Fatal: There were ${errors} errors`, ""]);
}

/** As long as reading takes, in some steps; `step` hears how much of it is over. */
async function lasting(
  storage: SimStorage,
  running: Running,
  step: (done: number) => void = () => {},
): Promise<void> {
  const ms = storage.readMs(running.self);
  for (let at = 1; at <= STEPS; at++) {
    await running.pause(ms / STEPS);
    step(at / STEPS);
  }
}
