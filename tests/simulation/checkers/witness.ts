// What checkers may look at, and how they show a row.

import type { Run } from "../../../src/domain/backup.ts";
import type { Job } from "../../../src/domain/job.ts";
import type { BackupInfo } from "../../../src/ports/provider.ts";
import type { Effect, FakeProvider } from "../../support/fake_provider.ts";
import type { Model } from "../model.ts";

/** A sentence on what does not hold; undefined when it does. */
export type Finding = string | undefined;

/** What a provider last said of a backup to the program. */
export interface Said {
  life: number;
  info: BackupInfo | null;
  /** By the monotonic clock. */
  at: number;
  /** Its storage was to be asked, whatever was known of it. */
  anew: boolean;
}

/** What a provider last said that it has. */
export interface Listed {
  life: number;
  ids: ReadonlySet<string>;
  /** When it was asked, by the wall clock and the monotonic one. */
  askedAt: number;
  at: number;
  /** Runs that were called missing since. */
  missed: Set<string>;
}

/** What checks may look at. */
export interface Witness {
  readonly model: Model;
  readonly providers: ReadonlyMap<string, FakeProvider>;
  now(): number;
  monotonic(): number;
  /** The wall clock last jumped at this monotonic instant; -Infinity when it never did. */
  jumpedAt: number;
  /** What the wall clock said when it was last right; null unless the program must be in doubt now. */
  lastRight(): number | null;
  /** The latest that the right time may be while the program must be in doubt, UTC ms; null while it need not. */
  rightNow(): number | null;
  /** Life of the program now. */
  lifeNumber: number;
  /** What config declares now. */
  readonly declared: readonly Job[];
  /** The declaration now in force. */
  jobOf(name: string): Job | undefined;
  /** By provider key and id, the last answer that reached the program. */
  said: Map<string, Said>;
  /** The same of questions to the storage itself alone. */
  saidAnew: Map<string, Said>;
  /** By provider key, the last lists that reached the program, newest first. */
  readonly listed: ReadonlyMap<string, readonly Listed[]>;
  /** Ids the program was told are available, ever. */
  saidAvailable: Set<string>;
  /** Jobs that are paused or disabled, and it was answered that they are. */
  readonly acknowledged: Record<"paused" | "disabled" | "removed", ReadonlySet<string>>;
  /** In which order things were committed last, such as `freeze` or `sent run`; when a `doubt` began, and an `edit job` was answered. */
  order: ReadonlyMap<string, number>;
  /** Runs that housekeeping removed after their year. */
  tidiedAway: ReadonlySet<string>;
  /** By run, when it was committed as `sending` last, by the monotonic clock: its age counts from then. */
  sendingAt: ReadonlyMap<string, { life: number; at: number }>;
  /** Effects from before a restored state: what it has forgotten is no news. */
  readonly forgotten: ReadonlySet<Effect>;
  /** Effects that were out of their provider's sight for a while: what was concluded meanwhile was right then. */
  readonly mislaid: ReadonlySet<Effect>;
  /** Jobs whose state was restored and whose deletions nobody has approved since. */
  readonly restoredJobs: ReadonlySet<string>;
  /** By run, how long the schedule that was in force when it was decided waits until the next slot (ms). */
  readonly intervals: ReadonlyMap<string, number>;
  /** Runs that were written in a doubt about the clock. */
  wereInDoubt: ReadonlySet<string>;
  /** When rows were inserted, by the monotonic clock. */
  insertedAt: Map<string, number>;
  /** By job, when the answer to its last commit was lost, by the monotonic clock: what is stored since may be news. */
  lostAnswerAt: ReadonlyMap<string, number>;
  /** When the last deletion of a row was intended, by the monotonic clock. */
  intendedAt: ReadonlyMap<string, number>;
}

export const keyOf = (providerKey: string, id: string): string => `${providerKey}\n${id}`;

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** True where the DELETE of the run was committed as sent after the last change that `what` names. */
export function sentAfter(witness: Witness, run: Run, what: string): boolean {
  return (witness.order.get(`sent ${run.runId}`) ?? Infinity) > (witness.order.get(what) ?? 0);
}

/** A row in a few words. */
export function show(run: Run): string {
  const slot = run.slot === null ? run.trigger : iso(run.slot);
  return `${run.job}/${slot}/${run.status}${run.reason ? `(${run.reason})` : ""}/${
    run.id ?? "-"
  }/${run.runId}`;
}

export function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString().replace(".000Z", "Z") : String(ms);
}
