// /coverage and /jobs/{job}/coverage: what levels and promises ask for against what exists.

import { createRoute } from "@hono/zod-openapi";
import { CoverageSummaryView, CoverageView } from "../ports/views/coverage.ts";
import { json, problems } from "./answers.ts";
import { unknownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam } from "./inputs.ts";

const list = createRoute({
  method: "get",
  path: "/coverage",
  summary: "What all jobs lack",
  description:
    "As worked out lately; jobs that changed since are worked out anew as far as two seconds allow.",
  tags: ["jobs"],
  responses: { 200: json(CoverageSummaryView.array(), "Every job."), ...problems() },
});

const show = createRoute({
  method: "get",
  path: "/jobs/{job}/coverage",
  summary: "What a job lacks, hole by hole",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(CoverageView, "As of now."), ...problems(400, 404) },
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
