// The answers of routes for the OpenAPI document: the shapes of ports/views, with the names they are published under.

import { z } from "@hono/zod-openapi";
import type { TypedResponse } from "hono";
import { AuditEventView, AuditHeadView, AuditReportView } from "../ports/views/audit.ts";
import { BackupView, HoldView } from "../ports/views/backup.ts";
import { CoverageSummaryView, CoverageView } from "../ports/views/coverage.ts";
import { EventView } from "../ports/views/event.ts";
import { ExplainView, FateView } from "../ports/views/explain.ts";
import { ForecastView } from "../ports/views/forecast.ts";
import { FreezeView } from "../ports/views/freeze.ts";
import { GuardView } from "../ports/views/guard.ts";
import { KeepReasonView } from "../ports/views/keep_reason.ts";
import { JobView } from "../ports/views/job.ts";
import { JobEditView } from "../ports/views/job_edit.ts";
import { LocksView, UnlockView } from "../ports/views/locks.ts";
import { ProblemView } from "../ports/views/problem.ts";
import { RetentionRowView, RetentionView } from "../ports/views/retention.ts";
import { RunDetailView, RunView } from "../ports/views/run.ts";
import {
  CallerView,
  CheckView,
  ClockTrustView,
  ReadinessView,
  ReloadView,
  SettingView,
} from "../ports/views/server.ts";
import { CompactionView, ImportView, MigrationView, SnapshotView } from "../ports/views/state.ts";

/** Shapes that are named in the document; all others stand in it where they are used. */
const NAMES = new Map<z.ZodType, string>([
  [BackupView, "Backup"],
  [HoldView, "HoldState"],
  [RunView, "Run"],
  [RunDetailView, "RunDetail"],
  [EventView, "Event"],
  [AuditEventView, "AuditEvent"],
  [AuditHeadView, "AuditHead"],
  [AuditReportView, "AuditReport"],
  [JobView, "Job"],
  [JobEditView, "JobEdit"],
  [GuardView, "Guard"],
  [KeepReasonView, "KeepReason"],
  [LocksView, "Locks"],
  [UnlockView, "Unlocked"],
  [RetentionView, "Retention"],
  [RetentionRowView, "RetentionRow"],
  [ExplainView, "Explanation"],
  [FateView, "Fate"],
  [ForecastView, "Forecast"],
  [CoverageSummaryView, "CoverageSummary"],
  [CoverageView, "Coverage"],
  [FreezeView, "FreezeState"],
  [ImportView, "Import"],
  [SnapshotView, "Snapshot"],
  [CompactionView, "Compaction"],
  [CallerView, "Caller"],
  [CheckView, "Check"],
  [SettingView, "Setting"],
  [ReadinessView, "Readiness"],
  [ReloadView, "Reload"],
  [ClockTrustView, "ClockTrust"],
  [ProblemView, "Problem"],
]);

const known = new Map<z.ZodType, z.ZodType>();
// The document says of it that it is an import and more.
known.set(
  MigrationView,
  published(ImportView).extend({ levels_lost: MigrationView.shape.levels_lost }).openapi("Migration"),
);

/** The shape itself for the OpenAPI document, so made that the document names it, and what is named within it. */
export function published<T extends z.ZodType>(view: T): T {
  let found = known.get(view);
  if (found === undefined) {
    const name = NAMES.get(view);
    const whole = withNamesWithin(view);
    // A copy: zod's objects that were made before the library for OpenAPI came in do not know of it.
    found = name === undefined ? whole : whole.clone().openapi(name);
    known.set(view, found);
  }
  return found as T;
}

/** The view itself where nothing in it is named. */
function withNamesWithin(view: z.ZodType): z.ZodType {
  const again = (made: z.ZodType) => made.openapi(view.meta() ?? {});
  if (view instanceof z.ZodObject) {
    const shape = Object.entries<z.ZodType>(view.shape);
    const inner = shape.map(([key, field]): [string, z.ZodType] => [key, published(field)]);
    const isSame = inner.every(([, field], at) => field === shape[at]![1]);
    return isSame ? view : again(z.object(Object.fromEntries(inner)));
  }
  if (view instanceof z.ZodArray || view instanceof z.ZodNullable || view instanceof z.ZodOptional) {
    const bare = view.unwrap() as z.ZodType;
    const inner = published(bare);
    if (inner === bare) return view;
    if (view instanceof z.ZodArray) return again(z.array(inner));
    return again(view instanceof z.ZodNullable ? inner.nullable() : inner.optional());
  }
  return view;
}

/** A JSON answer for the OpenAPI document. */
export function json<T extends z.ZodType>(view: T, description: string) {
  return { description, content: { "application/json": { schema: published(view) } } };
}

/** The answer 200 of a text that is the JSON of a `T`. */
export function jsonText<T>(
  text: string,
  headers: Record<string, string>,
): Response & TypedResponse<T, 200, "json"> {
  const answer = new Response(text, { headers: { "content-type": "application/json", ...headers } });
  return answer as Response & TypedResponse<T, 200, "json">;
}

const PROBLEMS = {
  400: "What was sent cannot be read; names each field.",
  401: "A token is needed.",
  403: "The role does not allow it.",
  404: "There is no such thing.",
  409: "It contradicts what is there.",
  412: "What is replaced is not what the headers name.",
  413: "The body is over 1 MiB.",
  415: "The body is not JSON.",
  421: "The Host header is not one of this server's names.",
  422: "The configuration is not valid.",
  502: "The provider refused or failed.",
  503: "The state store failed, or Schelly stops.",
};

/** The problem answers of a route: its own, and those every route may give. */
export function problems<S extends keyof typeof PROBLEMS>(...own: S[]) {
  const every = [401, 403, 421, 503] as const;
  const entries = [...own, ...every].map((status) => [status, {
    description: PROBLEMS[status],
    content: { "application/problem+json": { schema: published(ProblemView) } },
  }]);
  return Object.fromEntries(entries) as Record<
    S | typeof every[number],
    { description: string; content: { "application/problem+json": { schema: typeof ProblemView } } }
  >;
}
