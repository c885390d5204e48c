// What a caller (API, CLI over it) may ask of the running program besides reading the store.

import type { Run } from "../domain/backup.ts";
import type { Policy } from "../domain/policy.ts";
import type { CheckResult } from "./provider.ts";
import type { ForecastView, JobView, RetentionView } from "./views.ts";

export type TriggerOutcome =
  | { outcome: "started"; run: Run }
  /** The provider's answer was lost or unreadable; the run is being settled. */
  | { outcome: "unknown"; run: Run; message: string }
  | { outcome: "refused"; run: Run; message: string }
  | { outcome: "busy"; runId: string | null }
  | { outcome: "stopping" };

export type DeleteOutcome =
  | { outcome: "accepted"; run: Run }
  | { outcome: "conflict"; message: string };

export type CancelOutcome = { outcome: "cancelled" | "accepted"; run: Run } | {
  outcome: "conflict";
  message: string;
};

export type ApproveOutcome =
  | { outcome: "approved"; view: RetentionView }
  /** The elected set changed since the digest was shown. */
  | { outcome: "changed"; view: RetentionView }
  | { outcome: "nothing"; view: RetentionView };

export interface Readiness {
  ready: boolean;
  /** Whether each part is well, in words; `ok: false` with `fatal: false` shows but does not make unready. */
  checks: { name: string; ok: boolean; fatal: boolean; message: string }[];
}

export interface ReloadOutcome {
  ok: boolean;
  /** Issues when not ok; what changed when ok. */
  messages: string[];
}

export interface ForecastRequest {
  until: number;
  schedule?: string;
  policy?: Policy;
}

/** Who asks: the token's name, `socket`, or `anonymous`. */
export interface Caller {
  name: string;
  role: "viewer" | "trigger" | "operator" | "admin";
}

/** Engine actions and live views. A job that does not exist answers undefined. */
export interface Operations {
  jobNames(): string[];
  jobs(): Promise<JobView[]>;
  job(name: string): Promise<JobView | undefined>;
  trigger(job: string, by: Caller, callerKey?: string): Promise<TriggerOutcome | undefined>;
  pause(job: string, by: Caller, options: { reason?: string; until?: number }): Promise<JobView | undefined>;
  resume(job: string, by: Caller): Promise<JobView | undefined>;
  check(job: string): Promise<CheckResult[] | undefined>;
  retention(job: string): Promise<RetentionView | undefined>;
  /** Starts a pass now and answers when it is over; `dryRun` only elects. */
  runRetention(job: string, by: Caller, dryRun: boolean): Promise<RetentionView | undefined>;
  approveRetention(job: string, by: Caller, digest: string): Promise<ApproveOutcome | undefined>;
  deleteBackup(run: Run, by: Caller): Promise<DeleteOutcome>;
  cancelRun(run: Run, by: Caller): Promise<CancelOutcome>;
  forecast(job: string, request: ForecastRequest): Promise<ForecastView | undefined>;
  /** A built-in's kept output of a run. */
  output(run: Run): Promise<string | undefined>;
  trustClock(by: Caller): Promise<void>;
  reload(): Promise<ReloadOutcome>;
  readiness(): Promise<Readiness>;
  metrics(): Promise<string>;
}
