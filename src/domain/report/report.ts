// What became of the backups of a time: made, missed, deleted, and who changed what; for an auditor. It adds up what is on
// record, and says what no longer is.

import type { SkipReason } from "../backup.ts";
import { iso } from "../instant.ts";

/** A decision about a slot or a start by hand, as far as a report reads it. */
export interface ReportRun {
  job: string;
  /** The exact word of its status. */
  state: string;
  /** Why a skipped one was not run. */
  reason: string | null;
  /** How many slots a row of a range stands for. */
  slots: number | null;
  /** Set where another try followed. */
  retryEnd: string | null;
  /** It came in by an import, and was not made then. */
  isImport: boolean;
}

export interface ReportEvent {
  /** UTC ms. */
  at: number;
  type: string;
  job: string | null;
  message: string;
  /** Who asked for it; null: nobody did, or it is not known. */
  by: string | null;
}

/** What a report is made of. */
export interface ReportFacts {
  /** UTC ms. */
  since: number;
  until: number;
  /** Of all time between the two, by when they started or were decided. */
  runs: readonly ReportRun[];
  /** Of the audit trail, and of verifications and restores; of that time. */
  events: readonly ReportEvent[];
  /** `NUMBER:DIGEST`, where the audit trail ends; null: not known. */
  head: string | null;
  /** The oldest event of the trail that is still there (UTC ms); null: there is none. */
  oldest: number | null;
  /** True when events before that one went by their age. */
  isPruned: boolean;
  /** True where verifications, or restores, are on record. */
  records: { verifications: boolean; restores: boolean };
  /** What could not be read. */
  troubles: readonly string[];
}

/** What happened in numbers; null: not on record. */
export interface ReportCounts {
  made: number;
  failed: number;
  cancelled: number;
  /** Slots that were skipped as nobody could run them: Schelly was down, or the backup before was still running. */
  missed: number;
  /** Slots that were skipped on purpose: paused, disabled, outside their dates. */
  skipped: number;
  /** Deletions that were done, of what failed runs left, too. */
  deleted: number;
  /** Backups that were found gone from their provider. */
  missing: number;
  proved: number | null;
  proof_failed: number | null;
  restored: number | null;
}

/** A change that somebody made, or a guard. */
interface ReportChange {
  at: string;
  kind: "hold" | "freeze" | "guard" | "answer" | "policy" | "job" | "deletion";
  type: string;
  job: string | null;
  /** Who asked for it; null: Schelly itself, or it is not known. */
  by: string | null;
  what: string;
}

export interface Report {
  since: string;
  until: string;
  audit_head: string | null;
  total: ReportCounts;
  /** By name. */
  jobs: ({ job: string } & ReportCounts)[];
  /** Oldest first. */
  changes: ReportChange[];
  /** What it cannot know, one sentence each. */
  unknown: string[];
}

const KINDS: Record<string, ReportChange["kind"]> = {
  "run.held": "hold",
  "run.released": "hold",
  "freeze.begun": "freeze",
  "freeze.ended": "freeze",
  "retention.guarded": "guard",
  "retention.guard_cleared": "guard",
  "retention.approved": "answer",
  "run.accepted": "answer",
  "run.rejected": "answer",
  "run.lock_forgotten": "answer",
  "clock.trusted": "answer",
  "provider.unlock": "answer",
  "job.policy_changed": "policy",
  "job.schedule_changed": "policy",
  "config.reloaded": "policy",
  "job.added": "job",
  "job.renamed": "job",
  "job.unmanaged": "job",
  "job.managed_again": "job",
  "job.forgotten": "job",
  "job.file_written": "job",
  "job.file_removed": "job",
  "job.storage_gone": "job",
  "job.paused": "job",
  "job.resumed": "job",
};

/** Statuses of what was a backup at some time. */
const MADE = ["available", "missing", "deleting", "delete-error", "deleted"];
/** Nobody meant these slots to be left out. */
const NOT_MEANT: readonly string[] = ["missed", "still_running"] satisfies SkipReason[];

/** Adds it up. */
export function makeReport(facts: ReportFacts): Report {
  const { since, until, runs, events, records } = facts;
  const jobs = new Map<string, ReportCounts>();
  const total = noCounts(records);
  const add = (job: string | null, change: (counts: ReportCounts) => void) => {
    change(total);
    if (job === null) return;
    const own = jobs.get(job) ?? noCounts(records);
    jobs.set(job, own);
    change(own);
  };
  for (const run of runs) add(run.job, (counts) => countRun(run, counts));
  const within = events.filter(({ at }) => at >= since && at < until).sort((a, b) => a.at - b.at);
  for (const { type, job } of within) add(job, (counts) => countEvent(type, counts));
  return {
    since: iso(since),
    until: iso(until),
    audit_head: facts.head,
    total,
    jobs: [...jobs].sort(([a], [b]) => a < b ? -1 : 1).map(([job, counts]) => ({ job, ...counts })),
    changes: within.flatMap(({ at, type, job, by, message }) => {
      // What somebody had deleted by its id is no routine of retention.
      const kind = KINDS[type] ?? (type === "delete.sent" && by !== null ? "deletion" : undefined);
      return kind === undefined ? [] : [{ at: iso(at), kind, type, job, by, what: message }];
    }),
    unknown: unknownOf(facts),
  };
}

function noCounts({ verifications, restores }: ReportFacts["records"]): ReportCounts {
  return {
    ...{ made: 0, failed: 0, cancelled: 0, missed: 0, skipped: 0, deleted: 0, missing: 0 },
    proved: verifications ? 0 : null,
    proof_failed: verifications ? 0 : null,
    restored: restores ? 0 : null,
  };
}

function countRun({ state, reason, slots, retryEnd, isImport }: ReportRun, counts: ReportCounts): void {
  if (isImport) return;
  if (MADE.includes(state)) counts.made++;
  // A try that another followed is not yet how its slot ended.
  else if (state === "failed" || state === "lost") counts.failed += retryEnd === "tried_again" ? 0 : 1;
  else if (state === "cancelled") counts.cancelled++;
  else if (state === "expired" || (state === "skipped" && NOT_MEANT.includes(reason ?? ""))) {
    counts.missed += slots ?? 1;
  } else if (state === "skipped") counts.skipped += slots ?? 1;
}

function countEvent(type: string, counts: ReportCounts): void {
  if (type === "delete.done") counts.deleted++;
  else if (type === "run.missing") counts.missing++;
  else if (type === "verification.passed") counts.proved = (counts.proved ?? 0) + 1;
  else if (type === "verification.failed") counts.proof_failed = (counts.proof_failed ?? 0) + 1;
  else if (type === "restore.done") counts.restored = (counts.restored ?? 0) + 1;
}

const DAY = 86_400_000;

function unknownOf({ since, until, oldest, isPruned, head, records, troubles }: ReportFacts): string[] {
  const unknown = [...troubles];
  if (oldest === null) {
    unknown.push("The audit trail has no event: who changed what, and what was deleted, is not on record.");
  } else if (oldest > since) {
    unknown.push(
      isPruned
        ? `Events before ${
          iso(oldest)
        } went by their age (events.audit_keep): deletions and changes before are not counted.`
        : `The audit trail begins at ${iso(oldest)}: deletions and changes before are not on record.`,
    );
  }
  if (since < until - 90 * DAY) {
    unknown.push("Skipped slots older than 90 days are kept as ranges, which count from their first slot.");
  }
  if (since < until - 365 * DAY) unknown.push("Failed runs older than a year are not kept, and not counted.");
  if (!records.verifications) unknown.push("Whether backups were proved restorable is not on record.");
  if (!records.restores) {
    unknown.push("Restores are not on record: restic or another tool makes them without Schelly.");
  } else {
    unknown.push(
      "Restores are those that the server made: what `schelly backups restore` or another tool restores is not on record.",
    );
  }
  if (head === null) unknown.push("Where the audit trail ends could not be read.");
  unknown.push(
    "That nobody wrote the trail anew as a whole only a head proves that was kept elsewhere: schelly audit verify --head.",
  );
  return unknown;
}
