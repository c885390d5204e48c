// The built-in `restic`: one snapshot a backup, found again by its tags, so that the repository itself knows
// which backup and which run a snapshot belongs to.
//
// A snapshot whose run was cut off by a crash is never claimed: that run stays failed(cut_off), since nobody saw
// whether all files were read. It carries the tags, so an operator finds it, and a DELETE of the backup's id
// forgets it. A snapshot that a lost journal no longer knows is claimed by its tag `backup:<id>`, unless it is
// tagged `incomplete`.

import { wholePath } from "../../domain/path.ts";
import { counted } from "../../domain/count_text.ts";
import { bytesText } from "../../domain/size_text.ts";
import type { ResticProviderSpec } from "../../domain/provider_spec.ts";
import type { ProcessResult } from "../../ports/host.ts";
import type { ProviderNotes } from "../../ports/backup_memory.ts";
import {
  type Backuper,
  type BackupResult,
  type BackupTask,
  type CheckResult,
  DRY_RUN,
  type StoredBackup,
} from "../../ports/provider.ts";
import { BackupFailure } from "../host/backup_failure.ts";
import { checkProgram } from "./find_program.ts";
import { FiguresKeeper } from "./figures_keeper.ts";
import { measureRestic } from "./restic_figures.ts";
import { hostName } from "./host_name.ts";
import { createResticCopy, isCopying, type ResticCopy } from "./restic_copy.ts";
import { createResticForget } from "./restic_forget.ts";
import { readLine, type ResticLine, type Snapshot } from "./restic_output.ts";
import { createResticProgram, type ResticPorts, type ResticProgram } from "./restic_program.ts";
import { createRepositoryMemo, type MemoPlace, type RepositoryMemo } from "./restic_memo.ts";
import { demandSameReading } from "./restic_reading.ts";
import { createResticRestore } from "./restic_restore.ts";
import { createResticRepository, type ResticRepository, stillIn } from "./restic_repository.ts";
import {
  backupTag,
  createResticSnapshots,
  INCOMPLETE_TAG,
  isAbsent,
  isPlain,
  TAG,
} from "./restic_snapshots.ts";
import { createResticSiblings, type ResticHome } from "./restic_siblings.ts";
import { upkeepOfRestic } from "./restic_upkeep.ts";
import { createResticVerify } from "./restic_verify.ts";
import { Upkeep } from "./upkeep.ts";

/** Paths named in a message. */
const MAX_NAMED = 5;
/** Where no backup has a limit of its own. */
const DRY_RUN_LIMIT_MS = 3_600_000;

/**
 * Runs the restic of `spec`. In `notes` (null: nowhere) it remembers which repository this is, so that an unmounted
 * disk is not taken for a place to make a new one, and what upkeep was done.
 */
export function createResticBackuper(
  spec: ResticProviderSpec,
  ports: ResticPorts,
  notes: ProviderNotes | null = null,
): Backuper & { upkeep: Upkeep; figures: FiguresKeeper } {
  const home = (ports.siblings ?? createResticSiblings()).join(spec.repository, spec.key);
  const restic = createResticProgram(spec, ports, notes, home);
  const memo = createRepositoryMemo(notes, restic.repository, home, placeOf(spec, ports));
  const repository = createResticRepository(spec, ports, restic, memo);
  const snapshots = createResticSnapshots(spec, ports, restic);
  const forget = createResticForget(spec, ports, restic, repository, snapshots);
  const { upkeep, figures } = lookAfter(spec, ports, { notes, home, restic, memo, repository });
  const copy = isCopying(spec) ? createResticCopy(spec, ports, restic, snapshots) : undefined;
  const verify = createResticVerify({ spec, ports, restic, repository, snapshots, notes, upkeep });

  async function create(task: BackupTask): Promise<BackupResult> {
    const leave = await upkeep.beginBackup(task.signal, task.progress);
    try {
      await Promise.all([repository.demandSame(task.signal), demandSameReading(spec, ports.files, notes)]);
      return await (copy ?? { create: backUp }).create(task);
    } finally {
      leave();
    }
  }

  async function backUp(task: BackupTask): Promise<BackupResult> {
    const seen = createTranscript(task, () => ports.clock.monotonic());
    const result = await restic.run(backupArgs(spec, task), {
      signal: task.signal,
      onStart: task.started,
      scope: task.scope,
      onLine: seen.take,
      lockWaitMs: spec.lockWaitMs,
      onLocked: () => task.progress("waiting for the lock of another restic on the repository"),
    });
    if (result.code !== 0 && result.code !== 3) throw whyNone(restic, spec, seen, result);
    // Where its last word was not heard, one before may not have been heard either.
    if (seen.summary === undefined) {
      const leftOut = await snapshots.pathsLeftOut(task);
      seen.missing.push(...leftOut.filter((path) => !seen.missing.includes(path)));
    }
    const incomplete = result.code === 3 || seen.missing.length > 0;
    if (incomplete && spec.onIncomplete === "fail") {
      const dataId = await snapshots.markIncomplete(task);
      throw new BackupFailure("incomplete", incompleteText(seen), { dataId, sizeMb: seen.sizeMb() });
    }
    const made = await stillIn(repository, task, () => snapshots.confirm(task, seen.summary?.snapshotId));
    const message = `snapshot ${made.id.slice(0, 8)}${seen.summaryText()}`;
    return {
      dataId: made.id,
      sizeMb: seen.sizeMb() ?? (made.bytes === undefined ? undefined : made.bytes / 1e6),
      files: seen.summary?.files,
      message: incomplete ? `${message}; ${incompleteText(seen)}` : message,
    };
  }

  /** What a backup made now would add; not tried when something was found `wrong` before. */
  async function dryRun(wrong: CheckResult | undefined): Promise<CheckResult> {
    const name = DRY_RUN;
    if (wrong !== undefined) return { name, ok: false, message: `not tried: ${wrong.message}` };
    if (copy !== undefined) return await outlookOf(copy);
    const limit = ports.clock.timeout(spec.createLimitMs ?? DRY_RUN_LIMIT_MS);
    const nothing = { id: "dry-run", runId: null, job: null, slot: null, body: undefined };
    const task = { ...nothing, signal: limit.signal, progress() {}, output() {}, started() {} };
    const seen = createTranscript(task, () => ports.clock.monotonic());
    try {
      const args = ["backup", "--dry-run", ...backupArgs(spec, task).slice(1)];
      const result = await restic.run(args, { signal: limit.signal, onLine: seen.take });
      if (result.code !== 0 && result.code !== 3) throw restic.failure("try a backup", result);
      const incomplete = result.code === 3 || seen.missing.length > 0;
      const message = `a backup now${seen.dryText()}${incomplete ? `; ${incompleteText(seen)}` : ""}`;
      return { name, ok: !incomplete || spec.onIncomplete === "accept", message };
    } catch (error) {
      return { name, ok: false, message: (error as Error).message };
    } finally {
      limit.dispose();
    }
  }

  return {
    ...{ upkeep, figures },
    init: () => repository.open(),
    create,
    async get(id, dataId) {
      const snapshot = await repository.lookInSame(() => snapshots.find(id, dataId), isAbsent);
      if (snapshot === undefined) return undefined;
      const stored = toStored(snapshot);
      return snapshot.tags.includes(INCOMPLETE_TAG) ? { ...stored, incomplete: true } : stored;
    },
    findsById: true,
    async delete(id, dataId, _body, signal, ended) {
      const leave = await upkeep.beginDeletion(signal);
      try {
        const outcome = await forget(id, dataId, signal, ended);
        if (outcome !== "absent") await upkeep.countDeletion();
        return outcome === "removed";
      } finally {
        leave();
      }
    },
    async list() {
      // What a list leaves out is said to be absent.
      const found = await repository.lookInSame(() => snapshots.all(), () => true);
      return found
        .filter((snapshot) => !snapshot.tags.includes(INCOMPLETE_TAG) && (copy?.isMade(snapshot) ?? true))
        .map(toStored)
        .filter((stored) => stored.id !== "");
    },
    verify,
    host: async () => spec.host ?? await hostName(ports.processes),
    ...createResticRestore(spec, ports, { restic, repository, snapshots }),
    ...{ locks: restic.locks, unlock: restic.unlock, immutable: () => onlyTakesIn(restic, ports, spec) },
    async check(options) {
      const path = spec.env.PATH ?? ports.env.PATH ?? "";
      const program = await checkProgram(ports.files, "restic found", spec.program, path, null);
      const results: CheckResult[] = [program];
      if (program.ok) results.push(await repository.checkVersion(), await repository.check());
      results.push(...await checkSources(spec, ports, program.ok ? copy : undefined));
      const wrong = results.find(({ ok }) => !ok);
      if (wrong === undefined) results.push(await checkDeletions(restic, ports, spec));
      return [...results, ...upkeep.check(), ...(options?.dryRun ? [await dryRun(wrong)] : [])];
    },
  };
}

function placeOf({ hidden, written }: ResticProviderSpec, { files }: ResticPorts): MemoPlace {
  return { isHidden: hidden !== undefined, written, folder: files.workingFolder() };
}

/** What is done for the repository beside backups and deletions. */
function lookAfter(
  spec: ResticProviderSpec,
  ports: ResticPorts,
  { notes, home, restic, memo, repository }: {
    notes: ProviderNotes | null;
    home: ResticHome;
    restic: ResticProgram;
    memo: RepositoryMemo;
    repository: ResticRepository;
  },
): { upkeep: Upkeep; figures: FiguresKeeper } {
  const common = { ...ports, key: spec.key, notes, circle: home.circle, storageId: memo.known };
  const upkeep = new Upkeep({
    ...common,
    tasks: upkeepOfRestic(spec, restic, repository.demandSame),
    backupWaitMs: spec.lockWaitMs,
    onStopped: home.leave,
  });
  const figures = new FiguresKeeper({
    ...{ ...common, upkeep },
    measure: (signal) => measureRestic(spec, ports, restic, repository.demandSame, signal),
  });
  return { upkeep, figures };
}

function backupArgs(spec: ResticProviderSpec, task: BackupTask): string[] {
  const tags = [TAG, backupTag(task.id)];
  if (task.runId !== null && isPlain(task.runId)) tags.push(`run:${task.runId}`);
  if (task.job !== null && isPlain(task.job)) tags.push(`job:${task.job}`);
  return [
    "backup",
    "--json",
    ...[...tags, ...spec.tags].map((tag) => `--tag=${tag}`),
    ...(spec.host === null ? [] : [`--host=${spec.host}`]),
    ...(spec.oneFileSystem ? ["--one-file-system"] : []),
    ...spec.exclude.map((pattern) => `--exclude=${pattern}`),
    ...spec.excludeFiles.map((file) => `--exclude-file=${file}`),
    ...spec.excludeIfPresent.map((name) => `--exclude-if-present=${name}`),
    ...(spec.excludeCaches ? ["--exclude-caches"] : []),
    ...spec.extraBackupArgs,
    "--",
    ...spec.paths,
  ];
}

function toStored(snapshot: Snapshot): StoredBackup {
  const tagged = (prefix: string) =>
    snapshot.tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length);
  const stored: StoredBackup = { id: tagged("backup:") ?? "", dataId: snapshot.id };
  const [runId, job] = [tagged("run:"), tagged("job:")];
  if (runId !== undefined) stored.runId = runId;
  if (job !== undefined) stored.job = job;
  if (snapshot.host !== undefined) stored.host = snapshot.host;
  if (snapshot.paths.length > 0) stored.paths = snapshot.paths;
  if (snapshot.time !== undefined) stored.startTime = snapshot.time;
  if (snapshot.bytes !== undefined) stored.sizeMb = snapshot.bytes / 1e6;
  return stored;
}

/** What one run of restic backup said. */
interface Transcript {
  take(line: string): void;
  summary: Extract<ResticLine, { kind: "summary" }> | undefined;
  /** Paths of the settings that were not there. */
  missing: string[];
  unreadable: { item: string; why: string }[];
  sizeMb(): number | undefined;
  summaryText(): string;
  /** Follows "a backup now". */
  dryText(): string;
}

function createTranscript(task: BackupTask, monotonic: () => number): Transcript {
  let shownAt = -Infinity;
  const transcript: Transcript = {
    summary: undefined,
    missing: [],
    unreadable: [],
    take(text) {
      const line = readLine(text);
      if (line.kind === "status") {
        if (monotonic() - shownAt < 1_000) return;
        shownAt = monotonic();
        task.progress(line.text);
        return;
      }
      task.output(text);
      if (line.kind === "summary") transcript.summary = line;
      if (line.kind === "absent") transcript.missing.push(line.item);
      if (line.kind === "unreadable") transcript.unreadable.push({ item: line.item, why: line.why });
    },
    sizeMb: () => transcript.summary?.bytes === undefined ? undefined : transcript.summary.bytes / 1e6,
    summaryText() {
      const { files, bytes, added } = transcript.summary ?? {};
      const parts = [
        files === undefined ? "" : counted(files, "file"),
        bytes === undefined ? "" : bytesText(bytes),
        added === undefined ? "" : `${bytesText(added)} added`,
      ].filter((part) => part !== "");
      return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
    },
    dryText() {
      const { summary } = transcript;
      if (summary === undefined) return " was tried, and restic did not say what it would add";
      const of = `${summary.files === undefined ? "? files" : counted(summary.files, "file")}, ${
        bytesText(summary.bytes ?? 0)
      }`;
      return ` would add ${bytesText(summary.added ?? 0)}: ${
        summary.new === undefined ? "? files" : counted(summary.new, "file")
      } new and ` +
        `${summary.changed ?? "?"} changed of ${of}`;
    },
  };
  return transcript;
}

/** Why no backup was made: where all paths of the settings are away, restic does not say which those were. */
function whyNone(
  restic: Pick<ResticProgram, "failure">,
  { paths }: ResticProviderSpec,
  seen: Transcript,
  result: ProcessResult,
): BackupFailure {
  if (seen.missing.length === paths.length) return new BackupFailure("restic", incompleteText(seen));
  return restic.failure("make the backup", result);
}

/** What is not there leads: it is the cause, and the path of the settings to fix. */
function incompleteText(seen: Transcript): string {
  const absent = namedText(seen.missing.map((item) => `'${item}'`));
  const gone = seen.missing.length === 0
    ? []
    : [`${absent} ${seen.missing.length === 1 ? "is" : "are"} not there: put back or take out of paths`];
  const unread = namedText(seen.unreadable.map(({ item, why }) => `${item} (${why})`));
  if (gone.length > 0 && unread === "") return gone[0]!;
  const rest = `some files could not be read: ${unread === "" ? "restic did not say which" : unread}`;
  return [...gone, rest].join("; ");
}

/** The first of them, and how many more there are. */
function namedText(items: readonly string[]): string {
  const more = items.length > MAX_NAMED ? ` and ${items.length - MAX_NAMED} more` : "";
  return items.slice(0, MAX_NAMED).join(", ") + more;
}

/** What is read: files, or the other repository. */
async function checkSources(
  { paths, excludeFiles, folder }: ResticProviderSpec,
  ports: ResticPorts,
  copy: Pick<ResticCopy, "check"> | undefined,
): Promise<CheckResult[]> {
  const results = copy === undefined ? [] : [await copy.check()];
  const whole = (path: string) => folder === undefined ? path : wholePath(folder, path);
  for (const path of paths) results.push(await checkPath(ports, "path", whole(path)));
  for (const path of excludeFiles) results.push(await checkPath(ports, "exclude file", whole(path)));
  return results;
}

async function outlookOf({ outlook }: Pick<ResticCopy, "outlook">): Promise<CheckResult> {
  const name = DRY_RUN;
  try {
    return { name, ok: true, message: await outlook() };
  } catch (error) {
    return { name, ok: false, message: (error as Error).message };
  }
}

/** Whether its storage deletes nothing for anybody; undefined where that cannot be told. */
async function onlyTakesIn(
  { location }: Pick<ResticProgram, "location">,
  { clock }: Pick<ResticPorts, "clock">,
  { timeouts }: Pick<ResticProviderSpec, "timeouts">,
): Promise<boolean | undefined> {
  if (location.onlyTakesIn === undefined) return undefined;
  const limit = clock.timeout(timeouts.getMs);
  try {
    return await location.onlyTakesIn(limit.signal);
  } catch {
    return undefined;
  } finally {
    limit.dispose();
  }
}

/** Whether a backup could be deleted, found out without deleting one. */
async function checkDeletions(...parts: Parameters<typeof onlyTakesIn>): Promise<CheckResult> {
  const immutable = await onlyTakesIn(...parts);
  const message = immutable === undefined
    ? "cannot be told without one: an object lock shows when the first is asked for"
    : immutable
    ? "the server deletes nothing, it only takes more in (append-only): what retention lets go stays, locked"
    : "the server lets backups be deleted";
  return { name: "deletions", ok: true, message };
}

async function checkPath(ports: ResticPorts, what: string, path: string): Promise<CheckResult> {
  const name = `${what} ${path}`;
  try {
    const info = await ports.files.info(path);
    const key = what === "path" ? "paths" : "exclude_files";
    if (info === undefined) {
      return { name, ok: false, message: `'${path}' is not there: put back or take out of ${key}` };
    }
    if (info.isDirectory) await ports.files.list(path);
    return { name, ok: true, message: info.isDirectory ? "a folder that can be listed" : "it is there" };
  } catch (error) {
    return { name, ok: false, message: `Cannot look at '${path}': ${(error as Error).message}` };
  }
}
