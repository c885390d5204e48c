// Puts a copy of the state in the place of a state file that nobody uses: looked at whole before, the file that was there
// kept beside it, and so marked that the next start deletes nothing and takes in what providers list. Whoever dies on the
// way leaves the old file or the new one, whole.

import { StoreError } from "../domain/errors.ts";
import { bytesText } from "../domain/size_text.ts";
import { iso } from "../domain/instant.ts";
import type { FileTree } from "../ports/file_tree.ts";
import type { Clock, Files, Http } from "../ports/host.ts";
import { type Database, readIdleFile, stampCopy } from "./database/database.ts";
import { openDatabase } from "./database/open_database.ts";
import { stateLocation } from "./database/state_location.ts";
import { unfinishedPath } from "./database/unfinished.ts";
import { damageOf, holdingsOf, type StateHoldings } from "./read/snapshot.ts";
import { MIGRATIONS } from "./schema/migrations.ts";

/** What was put in place, or would be, and what was there. */
export interface RestoredFile {
  copy: StateHoldings;
  /** Null: there was no state, or none that can be read. */
  before: StateHoldings | null;
  /** Why what was there cannot be read; null where it can, or there was nothing. */
  damage: string | null;
  /** Where what was there is kept; null: there was nothing, or nothing was changed. */
  keptAt: string | null;
}

interface RestorePorts {
  files: Files;
  tree: FileTree;
  clock: Clock;
  http: Http;
}

/** For what the new file has besides. */
const MARGIN_BYTES = 1024 * 1024;
/**
 * No state starts as often between two copies: providers refuse whoever is behind the last start that they have seen. Nor do
 * they believe whoever is a million ahead of it.
 */
const STARTS_AHEAD = 100_000;
const PIECE = 1024 * 1024;

/**
 * Restores it, or with `dryRun` only looks. Rejects with `StoreError`: `in_use` where a server holds the state, `corrupt`
 * where the copy is no good, `newer_schema` where a newer version made it; the state is as it was then.
 */
export async function restoreFile(
  url: string,
  from: string,
  dryRun: boolean,
  ports: RestorePorts,
): Promise<RestoredFile> {
  const location = stateLocation(url);
  if (location.kind !== "file") {
    throw new StoreError(
      "failed",
      `Cannot restore the state at '${location.shown}': a libSQL server is restored by its own means`,
    );
  }
  const { files, tree } = ports;
  const path = await tree.realPath(location.path) ?? location.path;
  const copy = await lookAtCopy(from, path, ports);
  const isThere = await files.info(path) !== undefined;
  const opened = isThere ? await openOrDamage(path, ports) : null;
  try {
    const isDamaged = typeof opened === "string";
    const before = opened === null || isDamaged ? null : await holdingsOf(opened);
    const found = { copy, before, damage: isDamaged ? opened : null };
    if (dryRun) return { ...found, keptAt: null };
    const made = await makeCopy(from, path, copy, ports);
    try {
      const kept = `${path}.before-restore-${iso(ports.clock.now()).slice(0, 19).replaceAll(":", "-")}Z`;
      if (opened !== null) await keep(opened, path, kept, ports);
      await files.rename(made, path);
      return { ...found, keptAt: isThere ? kept : null };
    } catch (error) {
      await files.remove(made).catch(() => {});
      throw error;
    }
  } finally {
    if (opened !== null && typeof opened !== "string") await opened.close();
  }
}

/** The state that is there, held by this process, or why it cannot be read. */
async function openOrDamage(path: string, ports: RestorePorts): Promise<Database | string> {
  try {
    return await openDatabase({ kind: "file", path }, ports, { token: null, waitMs: 0, requestTimeoutMs: 0 });
  } catch (error) {
    if (error instanceof StoreError && error.kind === "corrupt") return error.message;
    throw error;
  }
}

/** What a copy has, after a look at all of it. */
async function lookAtCopy(
  from: string,
  path: string,
  { files, tree, clock }: RestorePorts,
): Promise<StateHoldings> {
  const refuse = (why: string, kind: "failed" | "corrupt" | "newer_schema" = "failed"): never => {
    throw new StoreError(kind, `Cannot restore '${from}': ${why}`);
  };
  const info = await files.info(from);
  if (info?.isFile !== true) refuse(info === undefined ? "there is no such file" : "it is no file");
  if (await tree.realPath(from) === path) refuse("it is the state itself");
  if (await files.info(`${from}-wal`) !== undefined) {
    refuse(
      "a log lies beside it, so it is or was a state in use: expected a copy that `schelly state snapshot` made",
    );
  }
  return await readIdleFile(from, async (read) => {
    const version = Number((await read("PRAGMA user_version"))[0]![0]);
    if (version === 0) refuse("it is no state of Schelly's");
    if (version > MIGRATIONS.length) {
      refuse(
        `a newer version made it (schema ${version}): expected at most ${MIGRATIONS.length}`,
        "newer_schema",
      );
    }
    const damage = await damageOf(read, clock);
    if (damage !== null) refuse(`it is damaged (${damage})`, "corrupt");
    return await holdingsOf({ read: ({ sql }) => read(sql) });
  }).catch((error) => {
    if (error instanceof StoreError) throw error;
    return refuse(`it is no state that can be read (${(error as Error).message})`, "corrupt");
  });
}

/** A copy of the copy beside the state, marked; answers its path. */
async function makeCopy(
  from: string,
  path: string,
  copy: StateHoldings,
  { files, tree, clock }: RestorePorts,
): Promise<string> {
  const target = unfinishedPath(path);
  const size = (await files.info(from))!.size;
  const free = await tree.freeBytes(path.slice(0, path.lastIndexOf("/") + 1) || ".");
  if (free < 2 * size + MARGIN_BYTES) {
    throw new StoreError(
      "not_writable",
      `Cannot restore '${from}': it and what is kept need ${
        bytesText(2 * size + MARGIN_BYTES)
      } beside the state, and ` +
        `${bytesText(free)} are free there: nothing was changed`,
    );
  }
  try {
    await files.remove(target).catch(() => {});
    await copyBytes(files, from, target);
    const owner = await tree.look(path);
    const made = await tree.look(target);
    if (owner !== undefined && (owner.uid !== made!.uid || owner.gid !== made!.gid)) {
      await tree.giveTo(target, owner.uid, owner.gid);
    }
    await stampCopy(target, stampsOf(clock.now()));
    // On disk, all of it, before it has the name.
    await files.appendText(target, "");
    const held = await readIdleFile(target, (read) => holdingsOf({ read: ({ sql }) => read(sql) }));
    if (held.runs !== copy.runs || held.storeId !== copy.storeId) {
      throw new Error("its copy has other contents");
    }
    return target;
  } catch (error) {
    await files.remove(target).catch(() => {});
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      "not_writable",
      `Cannot restore '${from}': ${(error as Error).message}: nothing was changed`,
      error,
    );
  }
}

/** What the next start goes by: it is a copy, providers are asked for what they list, and it comes after every start of before. */
function stampsOf(now: number) {
  const meta = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT";
  return [
    { sql: `${meta} DO NOTHING`, args: ["snapshot_at", String(now)] },
    { sql: `${meta} DO UPDATE SET value = excluded.value`, args: ["adopt", String(now)] },
    {
      sql: "UPDATE meta SET value = CAST(CAST(value AS INTEGER) + ?1 AS TEXT) WHERE key = 'boot_seq'",
      args: [BigInt(STARTS_AHEAD)],
    },
    { sql: "UPDATE lease SET epoch = epoch + ?1", args: [BigInt(STARTS_AHEAD)] },
  ];
}

/** The state that is there, under another name; its log is gone, which would be taken for that of the new one. */
async function keep(
  opened: Database | string,
  path: string,
  kept: string,
  { files }: RestorePorts,
): Promise<void> {
  if (typeof opened !== "string") {
    (await files.create(kept, 0o600)).close();
    await opened.writeCompact(kept);
    await files.appendText(kept, "");
    return;
  }
  for (const suffix of ["", "-wal", "-shm", "-journal"]) {
    if (await files.info(path + suffix) === undefined) continue;
    await copyBytes(files, path + suffix, kept + suffix);
    if (suffix !== "") await files.remove(path + suffix);
  }
}

async function copyBytes(files: Files, from: string, to: string): Promise<void> {
  const [reader, writer] = [await files.openToRead(from), await files.create(to, 0o600)];
  try {
    const piece = new Uint8Array(PIECE);
    for (let position = 0;;) {
      const read = await reader.readAt(position, piece);
      if (read === 0) break;
      await writer.append(piece.subarray(0, read));
      position += read;
    }
    await writer.sync();
  } finally {
    reader.close();
    writer.close();
  }
}
