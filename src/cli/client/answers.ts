// What commands read of the server's answers: its shapes, without what a command can do without.

import { z } from "zod";
import { AuditEventView, AuditHeadView, AuditReportView } from "../../ports/views/audit.ts";
import { BackupView } from "../../ports/views/backup.ts";
import { EventView } from "../../ports/views/event.ts";
import { ExplainView } from "../../ports/views/explain.ts";
import { ForecastView } from "../../ports/views/forecast.ts";
import { ForgottenView, LeftView } from "../../ports/views/forgotten.ts";
import { FreezeView } from "../../ports/views/freeze.ts";
import { JobDaysView } from "../../ports/views/job_days.ts";
import { JobView } from "../../ports/views/job.ts";
import { JobEditView } from "../../ports/views/job_edit.ts";
import { LocksView, UnlockView } from "../../ports/views/locks.ts";
import { RetentionView } from "../../ports/views/retention.ts";
import { RestoreView } from "../../ports/views/restores.ts";
import { RunDetailView } from "../../ports/views/run.ts";
import { CallerView, CheckView, ReloadView } from "../../ports/views/server.ts";
import { CompactionView, ImportView, MigrationView, SnapshotView } from "../../ports/views/state.ts";
import { BackupVerificationView, VerificationView } from "../../ports/views/proof.ts";
import { lenient } from "./lenient.ts";

export const BackupAnswer = lenient(BackupView, { needed: ["status"], unread: ["size", "kept_for"] });
export type BackupAnswer = z.infer<typeof BackupAnswer>;

const VERIFICATION = { needed: ["verification_id", "state"], unread: ["slot", "asked_by"] } as const;
export const VerificationAnswer = lenient(VerificationView, VERIFICATION);
export type VerificationAnswer = z.infer<typeof VerificationAnswer>;
export const BackupVerificationAnswer = lenient(BackupVerificationView, {
  needed: ["verifications", "verifications.verification_id", "verifications.state"],
});

export const EventAnswer = lenient(EventView, {
  needed: ["seq", "at", "type"],
  unread: ["data"],
  otherwise: { message: "" },
});
export type EventAnswer = z.infer<typeof EventAnswer>;

export const AuditEventAnswer = lenient(AuditEventView, {
  needed: ["link", "at", "type"],
  unread: ["data", "digest"],
  otherwise: { message: "" },
});
export type AuditEventAnswer = z.infer<typeof AuditEventAnswer>;

export const AuditHeadAnswer = lenient(AuditHeadView, { needed: ["head"], unread: ["link", "digest"] });

// A report that lacks a part of it proves nothing.
export const AuditReportAnswer = lenient(AuditReportView, {
  needed: ["whole", "head", "trouble.message", "proof.result", "proof.message"],
});
export type AuditReportAnswer = z.infer<typeof AuditReportAnswer>;

export const RunAnswer = lenient(RunDetailView, {
  needed: ["run_id", "status", "events.seq", "events.at", "events.type"],
  unread: ["size", "kept_for", "events.data"],
  otherwise: { "events.message": "" },
});
export type RunAnswer = z.infer<typeof RunAnswer>;

// An empty list would say that all is managed, and an old server does not say.
export const JobDaysAnswer = lenient(JobDaysView, { needed: ["days.day"] });
export type JobDaysAnswer = z.infer<typeof JobDaysAnswer>;

export const JobAnswer = lenient(JobView.partial({ unmanaged: true }), {
  needed: [
    "job",
    "health.state",
    "running.run_id",
    "waiting.run_id",
    "retry.attempt",
    "retry.of",
    "unmanaged.provider",
    "unmanaged.available",
    "guards.guard",
  ],
});
export type JobAnswer = z.infer<typeof JobAnswer>;

export const CallerAnswer = lenient(CallerView, { needed: ["name"] });

export const ForgottenAnswer = lenient(ForgottenView, { needed: ["job"], unread: ["forgotten_at"] });

const EDIT = {
  needed: ["job", "settings.key", "reload"],
  unread: ["backups.oldest", "backups.remove", "backups.unmanaged", "backups.deletes_within_30_days"],
} as const;
export const JobEditAnswer = lenient(JobEditView, EDIT);
export type JobEditAnswer = z.infer<typeof JobEditAnswer>;

export const LeftAnswer = lenient(LeftView, {
  needed: ["job", "edit.job", "edit.settings.key", "edit.reload"],
  unread: [
    "forgotten_at",
    "edit.backups.oldest",
    "edit.backups.remove",
    "edit.backups.unmanaged",
    "edit.backups.deletes_within_30_days",
  ],
});

export const LocksAnswer = lenient(LocksView, {
  needed: ["locks", "locks.id"],
  unread: ["locks.exclusive", "locks.command"],
});
export type LocksAnswer = z.infer<typeof LocksAnswer>;

export const UnlockAnswer = lenient(UnlockView, { needed: ["answers", "answers.id", "answers.outcome"] });

export const RetentionAnswer = lenient(RetentionView, {
  needed: ["job", "keep", "keep.run_id", "remove", "remove.run_id", "digest", "guards.guard"],
  unread: ["keep.kept_for", "remove.kept_for"],
});
export type RetentionAnswer = z.infer<typeof RetentionAnswer>;

export const ExplainAnswer = lenient(ExplainView, {
  needed: ["levels.level", "levels.period", "levels.limit", "levels.instead.run_id", "fate.fate"],
  unread: [
    "kept_for",
    "levels.proof.id",
    "levels.proof.run_id",
    "fate.slot",
    "fate.ended",
    "released",
    "longer",
    "deletion",
  ],
  otherwise: { "levels.reference": "L" },
});
export type ExplainAnswer = z.infer<typeof ExplainAnswer>;

export const ForecastAnswer = lenient(ForecastView, {
  needed: [
    "job",
    "dates.at",
    "dates.backups",
    "dates.levels.level",
    "dates.levels.kept",
    "dates.levels.limit",
    "dates.largest_gap.from",
    "dates.largest_gap.until",
    "backups",
    "backups.period_time",
  ],
  unread: ["dates.largest_gap.seconds", "backups.kept_for"],
});
export type ForecastAnswer = z.infer<typeof ForecastAnswer>;

export const CheckAnswer = lenient(CheckView, { needed: ["name", "ok"], otherwise: { message: "" } });

export const FreezeAnswer = lenient(FreezeView, {
  needed: ["frozen", "on_the_wire.job", "on_the_wire.run_id", "on_the_wire.state"],
});
export type FreezeAnswer = z.infer<typeof FreezeAnswer>;

const IMPORT = {
  needed: ["job", "imported", "imported.id", "skipped.id", "skipped.why", "would_delete.id"],
  unread: ["dry_run", "imported.data_id", "imported.size_mb"],
} as const;
export const ImportAnswer = lenient(ImportView, IMPORT);
export type ImportAnswer = z.infer<typeof ImportAnswer>;

export const MigrationAnswer = lenient(MigrationView, IMPORT);
export type MigrationAnswer = z.infer<typeof MigrationAnswer>;

export const SnapshotAnswer = lenient(SnapshotView, {
  needed: ["path", "taken_at", "bytes", "store_id", "jobs", "runs", "available"],
});
export type SnapshotAnswer = z.infer<typeof SnapshotAnswer>;

export const CompactionAnswer = lenient(CompactionView, {
  needed: ["dry_run", "bytes_before", "bytes_after", "free_bytes", "needs_stop"],
});
export type CompactionAnswer = z.infer<typeof CompactionAnswer>;

export const ReloadAnswer = lenient(ReloadView, { unread: ["ok"] });

export const RestoreAnswer = lenient(RestoreView, {
  needed: ["operation_id", "state"],
  otherwise: { id: "", message: "" },
});

/** Any JSON, or nothing. */
export const AnyAnswer = z.unknown();
