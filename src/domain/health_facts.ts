// What a job is judged by: how it is told to run, how its last runs ended, what stands in its way.

/** Something that is so since then, and why. */
interface Told {
  since: number | null;
  message: string;
}

/** A start in line for its turn at a provider that is there and at work. */
interface Turn extends Told {
  since: number;
  /** When a backup began there last; null where that is not known. */
  movedAt: number | null;
}

/** The unfinished run of a job that left the configuration. */
interface LeftRun extends Told {
  runId: string;
  providerKey: string;
  /** It is not known what became of it at its provider. */
  inDoubt: boolean;
  /** Its provider is asked about it. */
  isFollowed: boolean;
}

/** What is known of a job. Instants are UTC ms, by the clock that rows are dated by. */
export interface HealthFacts {
  job: string;
  now: number;
  /** In the configuration; `unmanagedSince`: when it was found to have left it. */
  managed: boolean;
  unmanagedSince: number | null;
  /** Absent: no run of it is under way since it left; see `LeftRun`. */
  left?: LeftRun;
  enabled: boolean;
  disabledSince: number | null;
  /** The dates it is to run between; null for none. */
  from: number | null;
  to: number | null;
  pause: { since: number | null; until: number | null; reason: string | null } | null;
  /** Why nothing at all can be saved. */
  storeTrouble: string | null;
  /** Why its provider cannot be used. */
  providerTrouble: string | null;
  /** Since when it is known. */
  knownSince: number;
  /** End of the newest sound backup. */
  lastSuccessAt: number | null;
  /** Its provider still has a sound backup. */
  hasSound: boolean;
  /** End of the newest run that failed with no further try to follow. */
  lastFailure: { at: number; message: string | null } | null;
  /** End of the first such run after the last success; null where that is not known. */
  failingSince: number | null;
  /** How long it may rightly go without a success, grace included (ms); null where that has no end. */
  expectedMs: number | null;
  /** How long its start may take (ms). */
  graceMs: number;
  /** A start, or the backup that came of it, is under way since then. */
  underWaySince: number | null;
  /** That start has no provider, or an unknown fate. */
  waiting: Told | null;
  /** That start is only in line for its turn, or put off by jitter. */
  turn: Turn | null;
  /** That start fails until somebody fixes something. */
  unusable: Told | null;
  /** What is under way is being cancelled; absent: it is not. */
  cancelling?: true;
  /** It is under way for too long and could not be cancelled; absent: nobody asked for that, or it could. */
  endless?: Told;
  /** What was missed may still be caught up with: the program has only just begun. */
  catchingUp: boolean;
  nextSlot: number | null;
  /** The newest backup is suspect, since then (UTC ms). */
  newestSuspect: { id: string; reason: string; since: number } | null;
  missing: { count: number; latest: string; since: number | null } | null;
  /** The first of the guards that are latched. */
  latched: (Told & { guard: string }) | null;
  /** Why the clock is in doubt. */
  doubt: Told | null;
  stuck: Told | null;
  /** Why the upkeep of its storage failed. */
  upkeepTrouble: string | null;
  /** Why it is not known whether its backups can be restored; absent: it is, or nobody asks. */
  unproved?: Told;
  /** Why nothing at all is deleted, on purpose. */
  freeze: Told | null;
}
