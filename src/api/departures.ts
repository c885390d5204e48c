// /jobs/{job}/departures and /calendar/deletions: what will be deleted, and when.

import { createRoute } from "@hono/zod-openapi";
import { DeletionsView, DeparturesView } from "../ports/views/departures.ts";
import { json, problems } from "./answers.ts";
import { knownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { DeparturesQuery, JobParam } from "./inputs.ts";
import { Problem } from "./problems.ts";

const ofJob = createRoute({
  method: "get",
  path: "/jobs/{job}/departures",
  summary: "Which backups go, and when",
  description:
    "Plays schedule and retention over the time to come, as a forecast does, and names each backup of now that a pass " +
    "deletes. It goes as far as 1,000 slots and passes reach: `reached` says how far that is.",
  tags: ["jobs"],
  request: { params: JobParam, query: DeparturesQuery },
  responses: { 200: json(DeparturesView, "What goes."), ...problems(400, 404) },
});

const ofAll = createRoute({
  method: "get",
  path: "/calendar/deletions",
  summary: "What will be deleted over all jobs, by day",
  description:
    "Of the next five weeks, as far as it is worked out by now: `pending` jobs follow within seconds.",
  tags: ["retention"],
  responses: { 200: json(DeletionsView, "The days on which something goes."), ...problems() },
});

/** Adds the routes. */
export function addDepartures(api: Api, { operations }: ApiDeps): void {
  api.openapi(ofJob, async (c) => {
    const { job } = c.req.valid("param");
    const { until } = c.req.valid("query");
    try {
      return c.json(knownJob(operations, job, await operations.departures(job, until ?? null)), 200);
    } catch (error) {
      if (error instanceof RangeError) throw new Problem(400, error.message);
      throw error;
    }
  });

  api.openapi(ofAll, async (c) => c.json(await operations.plannedDeletions(), 200));
}
