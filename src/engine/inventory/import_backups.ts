// Takes in what a provider lists and nobody knows: never an id that is bound. What proves to be of a run of ours goes
// back to that run; nothing else goes without an approval.

import { newRun, type Run } from "../../domain/backup.ts";
import { holdText, isHeld } from "../../domain/hold.ts";
import type { Job } from "../../domain/job.ts";
import type { OriginalBackup } from "../../domain/original_backup.ts";
import { suspicionOf } from "../../domain/suspicion.ts";
import type { BackupInfo } from "../../ports/provider.ts";
import type { ProviderCalls } from "../context/calls.ts";
import { type Move, tryMove } from "../context/commit.ts";
import { type EngineContext, runEvent } from "../context/context.ts";
import { kinKeys, ownerAt } from "../context/kin_keys.ts";
import { type Outgoing, outlook } from "./import_outlook.ts";
import { type Owner, ownerOf, strangersOf } from "./import_owner.ts";
import { lockChange } from "../retention/locks.ts";
import { foundMove } from "../run/probe.ts";
import { askFor } from "./recorded_backups.ts";
import { suspectEvent } from "../safekeeping/suspects.ts";

/** Rows committed at once. */
const PIECE = 200;

/** What came in, or would, and what stays out. `rows` of a dry run are in no store. */
export interface ImportReport {
  rows: Run[];
  /** Runs of the job that were given up, and whose backups the list proves to be there: these are no strangers'. */
  proven: Run[];
  skipped: { id: string; why: string }[];
  /** What the provider says of whose each is, by id. */
  owners: ReadonlyMap<string, Owner>;
  /** What the policy would let go with these rows in, after an approval. */
  wouldDelete: Outgoing[];
}

/** What is imported, by whom and how. */
export interface ImportWish {
  by: string;
  /** Only says what would come in. */
  dryRun: boolean;
  /** Of the list only these, whosever they are; empty or absent: what is the job's own. */
  ids?: readonly string[];
  /** What the provider listed just now, for many jobs at once; absent: it is asked. */
  listed?: readonly BackupInfo[];
  /** Not the list, but what the provider says of these, with the original's times. */
  records?: readonly OriginalBackup[];
}

/**
 * Imports into a job what its provider lists and nobody else made. A backup with the `run_id` of a run that was given up
 * is that run's. A list proves nothing about whose a backup is: rows come in marked `imported`, so that the guard
 * `first_policy` asks before the first of them goes; one without a time comes in held.
 * Undefined when the provider cannot list. Rejects with `ProviderError`: then nothing came in.
 */
export async function importBackups(
  context: EngineContext,
  job: Job,
  calls: ProviderCalls,
  wish: ImportWish,
  jobsThere: number,
): Promise<ImportReport | undefined> {
  const { records, ids = [] } = wish;
  if (records !== undefined) {
    const { infos, skipped } = await askFor(context, calls, records);
    const report = await takeIn(context, job, infos, wish, () => undefined);
    return { ...report, skipped: [...skipped, ...report.skipped] };
  }
  const { list, host } = await calls.capabilities();
  if (!list) return undefined;
  const listed = wish.listed ?? await calls.list();
  if (ids.length === 0) {
    return await takeIn(context, job, listed, wish, strangersOf({ job, host, jobs: jobsThere }, listed));
  }
  const named = new Set(ids);
  const report = await takeIn(context, job, listed.filter(({ id }) => named.has(id)), wish, () => undefined);
  for (const { id } of listed) named.delete(id);
  const absent = [...named].map((id) => ({ id, why: "the provider does not list it" }));
  return { ...report, skipped: [...report.skipped, ...absent] };
}

/** `strangeness` says why one stays out as somebody else's. */
async function takeIn(
  context: EngineContext,
  job: Job,
  infos: readonly BackupInfo[],
  { by, dryRun }: ImportWish,
  strangeness: (info: BackupInfo) => string | undefined,
): Promise<ImportReport> {
  const owners = new Map(infos.map((info) => [info.id, ownerOf(info)]));
  const report: ImportReport = { rows: [], proven: [], skipped: [], owners, wouldDelete: [] };
  const proofs: { run: Run; move: Move }[] = [];
  const keys = await kinKeys(context, job.providerKeys);
  const seen = new Set<string>();
  const taken = new Set<string>();
  for (const info of infos) {
    const found = seen.has(info.id)
      ? "the list names it twice"
      : await fateOf(context, job, keys, info, taken);
    // A run of the job that was given up proves more than a name.
    const fate = found === null ? strangeness(info) ?? null : found;
    seen.add(info.id);
    if (typeof fate === "string") report.skipped.push({ id: info.id, why: fate });
    else if (fate === null) report.rows.push(rowOf(context, job, info, by));
    else {
      taken.add(fate.runId);
      proofs.push({ run: fate, move: await foundMove(context, job, fate, info) });
    }
  }
  report.proven = proofs.map(({ run, move }) => ({ ...run, ...move.set }));
  const coming = [...report.proven, ...report.rows];
  report.wouldDelete = coming.length === 0 ? [] : await outlook(context, job, coming);
  if (dryRun) return report;
  const proven: Run[] = [];
  for (const { run, move } of proofs) {
    const moved = await tryMove(context, run, move);
    if (moved !== undefined) proven.push(moved);
    else report.skipped.push({ id: move.set.id!, why: "its run changed at the same moment" });
  }
  const came: Run[] = [];
  for (let at = 0; at < report.rows.length; at += PIECE) {
    const piece = report.rows.slice(at, at + PIECE);
    if (await commit(context, job, piece, by)) came.push(...piece);
    // Somebody else bound one of these ids meanwhile.
    else {
      for (const row of piece) {
        if (await commit(context, job, [row], by)) came.push(row);
        else report.skipped.push({ id: row.id!, why: "it was taken by another run at the same moment" });
      }
    }
  }
  return { ...report, rows: came, proven };
}

/**
 * The run it proves to be of, null for one that nobody knows, or why it stays out; `keys` are all of the service, and
 * `taken` runs have theirs.
 */
async function fateOf(
  context: EngineContext,
  job: Job,
  keys: readonly string[],
  info: BackupInfo,
  taken: ReadonlySet<string>,
): Promise<Run | null | string> {
  if (info.state !== "available") return `it is '${info.status}', not available`;
  const owner = await ownerAt(context, keys, info.id);
  if (owner !== undefined) {
    const key = owner.providerKey;
    const where = job.providerKeys.includes(key) ? "" : `, at the same service by the key '${key}'`;
    return `it is known: run ${owner.runId} of job '${owner.job}', ${owner.status}${where}`;
  }
  const other = await boundElsewhere(context, info.id);
  if (other !== undefined) {
    const held = isHeld(other, context.watch.read().ends) ? `, ${holdText(other)}` : "";
    return `it is known: run ${other.runId} of job '${other.job}', ${other.status}${held}, at '${other.providerKey}', and no ` +
      "two backups have such an id: it stays there (a provider that took over from another names its key in 'formerly')";
  }
  const own = info.runId === undefined ? undefined : await context.store.run(info.runId);
  if (own === undefined) return null;
  const isGivenUp = own.status === "failed" && own.id === null && own.job === job.name &&
    job.providerKeys.includes(own.providerKey);
  if (isGivenUp && !taken.has(own.runId)) return own;
  const has = own.id === null ? own.status : `${own.status}, with the backup '${own.id}'`;
  return `the provider says it is of run ${own.runId} of job '${own.job}' (${has})`;
}

/** A UUID is given once: whatever the provider is called, it is the same backup. Other ids may be one of each provider. */
async function boundElsewhere({ store }: EngineContext, id: string): Promise<Run | undefined> {
  if (!UUID.test(id)) return undefined;
  return (await store.find(id)).find((run) => run.id === id && run.status !== "deleted");
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function rowOf({ ids, clock }: EngineContext, job: Job, info: BackupInfo, by: string): Run {
  const now = clock.now();
  const time = info.startTime ?? info.endTime ?? null;
  // Only the bound by hand: the order of a list says nothing of which sizes were usual when.
  const suspicion = suspicionOf(info.sizeMb ?? null, { ...job.suspicion, minPercent: 0 }, []);
  return newRun({
    runId: ids.uuidv7(),
    job: job.name,
    trigger: "import",
    slot: null,
    status: "available",
    providerKey: job.providerKey,
    createdAt: now,
    id: info.id,
    dataId: info.dataId ?? null,
    periodTime: time,
    startTime: info.startTime ?? null,
    endTime: info.endTime ?? null,
    sizeMb: info.sizeMb ?? null,
    message: info.message ?? null,
    importedAt: now,
    ...lockChange({ lockedAt: null, lockedUntil: null }, info.lockedUntil, now),
    ...(suspicion === null ? {} : { suspectAt: now, suspectReason: suspicion }),
    ...(time === null
      ? { holdAt: now, holdReason: "imported without a time: no period can be told", holdOwner: by }
      : {}),
  });
}

async function commit(context: EngineContext, job: Job, rows: Run[], by: string): Promise<boolean> {
  const result = await context.store.commit({
    job: job.name,
    writes: rows.map((run) => ({ write: "insert", run })),
    events: rows.flatMap((run) => [
      runEvent(
        context,
        run,
        "run.imported",
        "warning",
        `${by} imported backup '${run.id}' of '${run.providerKey}' into job '${job.name}'`,
        { id: run.id, by },
      ),
      ...(run.suspectReason === null
        ? []
        : [suspectEvent(context, run, run.id!, run.sizeMb!, run.suspectReason)]),
    ]),
  });
  return result.result === "done";
}
