// /coverage and /jobs/{job}/coverage: what levels and promises ask for against what exists.

import { createRoute, z } from "@hono/zod-openapi";
import { LEVELS } from "../domain/policy.ts";
import type { CoverageSummaryView, CoverageView } from "../ports/views.ts";
import { unknownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam } from "./inputs.ts";
import { json, problems } from "./schemas.ts";

const time = z.string().openapi({ format: "date-time", example: "2026-03-01T23:59:59.000Z" });
const level = z.enum(LEVELS);
const count = z.number().int();

const summaryShape = {
  job: z.string(),
  at: time.nullable().openapi({ description: "When it was worked out; null when it was not yet." }),
  since: time.nullable().openapi({
    description: "Since when the job is known: nothing before is asked for.",
  }),
  policy: z.string().nullable(),
  score: z.number().nullable().openapi({
    description: "Covered of asked, in percent, rounded down to a tenth; null when nothing is asked.",
  }),
  asked: count.openapi({ description: "Periods in which a slot fell and that the policy keeps." }),
  covered: count,
  levels: z.array(z.object({
    level,
    count: count.nullable().openapi({ description: "Null where everything is kept." }),
    asked: count,
    covered: count,
  })),
  worst_gap: z.object({
    from: time,
    to: time.nullable().openapi({ description: "Null: it lasts until now." }),
    seconds: count,
    planned_seconds: count.openapi({
      description: "The longest gap that would be left if no backup in it were lacking.",
    }),
    slots: count.nullable().openapi({ description: "Slots that fell in it; null when too many to count." }),
  }).nullable(),
  promises: z.array(z.object({
    promise: z.string(),
    state: z.enum(["kept", "broken", "not_yet"]),
    why: z.string().nullable(),
  })),
};

export const CoverageSummarySchema = z.object(summaryShape)
  .openapi("CoverageSummary") satisfies z.ZodType<CoverageSummaryView>;

const causes = [
  "missed",
  "still_running",
  "paused",
  "disabled",
  "outside_dates",
  "unmanaged",
  "failed",
  "lost",
  "cancelled",
  "expired",
  "missing",
  "suspect",
  "running",
  "deleted",
  "deleted_by_hand",
  "not_counted",
] as const;

export const CoverageSchema = z.object({
  ...summaryShape,
  holes: z.array(z.object({
    level,
    period: z.string().openapi({ example: "2026-11-20" }),
    from: time,
    until: time,
    slot: time.openapi({ description: "The slot whose backup would stand for the period." }),
    why: z.array(z.object({
      cause: z.enum(causes),
      runs: count,
      run_id: z.string().openapi({ description: "The newest of these runs." }),
      detail: z.string().nullable(),
      asked_by: z.string().nullable().openapi({ description: "Who asked for the deletion by id." }),
    })).openapi({ description: "What became of the slots of the period; empty when no record tells." }),
  })).openapi({ description: "Newest first, at most 500." }),
  hole_count: count,
  cut: z.boolean().openapi({ description: "A level asks for more periods than were looked at." }),
}).openapi("Coverage") satisfies z.ZodType<CoverageView>;

const list = createRoute({
  method: "get",
  path: "/coverage",
  summary: "What all jobs lack",
  description:
    "As worked out lately; jobs that changed since are worked out anew as far as two seconds allow.",
  tags: ["jobs"],
  responses: { 200: json(CoverageSummarySchema.array(), "Every job."), ...problems() },
});

const show = createRoute({
  method: "get",
  path: "/jobs/{job}/coverage",
  summary: "What a job lacks, hole by hole",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(CoverageSchema, "As of now."), ...problems(400, 404) },
});

/** Adds the routes of coverage. */
export function addCoverage(api: Api, { operations }: ApiDeps): void {
  api.openapi(list, async (c) => c.json(await operations.coverages(), 200));

  api.openapi(show, async (c) => {
    const { job } = c.req.valid("param");
    const answer = await operations.coverage(job);
    if (answer === undefined) throw unknownJob(operations, job);
    return c.json(answer, 200);
  });
}
