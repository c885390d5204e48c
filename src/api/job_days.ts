// /jobs/{job}/days: what became of a job by day.

import { createRoute } from "@hono/zod-openapi";
import { DAY } from "../domain/duration.ts";
import { dayOf, DAYS_KEPT } from "../domain/job_days.ts";
import { iso } from "../domain/instant.ts";
import { JobDaysView } from "../ports/views/job_days.ts";
import { json, problems } from "./answers.ts";
import { unknownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { DaysQuery, JobParam } from "./inputs.ts";
import { Problem } from "./problems.ts";

/** So many days, today included, where nobody asks for others. */
const DAYS_SHOWN = 30;

const show = createRoute({
  method: "get",
  path: "/jobs/{job}/days",
  summary: "What became of a job by day",
  description:
    "Runs by how they ended, deletions, sizes and durations, added up by the day of UTC of a run's slot, or else of its " +
    "start. A range of slots that were skipped together is spread evenly over its days. Of the last year.",
  tags: ["jobs"],
  request: { params: JobParam, query: DaysQuery },
  responses: { 200: json(JobDaysView, "Its days, rising."), ...problems(400, 404) },
});

/** Adds the route. */
export function addJobDays(api: Api, { operations, clock }: ApiDeps): void {
  api.openapi(show, async (c) => {
    const { job } = c.req.valid("param");
    const today = dayOf(clock.now());
    const from = c.req.valid("query").from ?? today - (DAYS_SHOWN - 1) * DAY;
    const earliest = today - DAYS_KEPT * DAY;
    if (from < earliest) {
      const [asked, expected] = [from, earliest].map((at) => iso(at).slice(0, 10));
      throw new Problem(
        400,
        `from is ${asked}: expected no day before ${expected}, of which nothing is kept`,
      );
    }
    const answer = await operations.jobDays(job, from);
    if (answer === undefined) throw unknownJob(operations, job);
    return c.json(answer, 200);
  });
}
