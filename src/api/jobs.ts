// /jobs: what is configured and how it does, start, pause, check and forecast.

import { createRoute } from "@hono/zod-openapi";
import { BackupView } from "../ports/views/backup.ts";
import { ForecastView } from "../ports/views/forecast.ts";
import { JobView } from "../ports/views/job.ts";
import { CheckView } from "../ports/views/server.ts";
import { json, problems } from "./answers.ts";
import { knownJob, trigger } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import {
  CheckQuery,
  ForecastQuery,
  IdempotencyHeader,
  JobParam,
  JobsQuery,
  PauseBody,
  readJson,
} from "./inputs.ts";
import { nextLink } from "./links.ts";
import { Problem } from "./problems.ts";
import { jsonArray, streamed } from "./streamed.ts";
import { endToCome } from "./until.ts";

const list = createRoute({
  method: "get",
  path: "/jobs",
  summary: "All jobs",
  description:
    "Those of the configuration in its order, then those that left it by name. With 'limit' a page of them; " +
    "more are behind the Link header's rel=next. With 'enabled' those alone that are; one that left the configuration is not.",
  tags: ["jobs"],
  request: { query: JobsQuery },
  responses: { 200: json(JobView.array(), "The jobs."), ...problems(400) },
});

const show = createRoute({
  method: "get",
  path: "/jobs/{job}",
  summary: "One job",
  description: "404 for one that was forgotten, too: it says when.",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(JobView, "The job."), ...problems(400, 404) },
});

const start = createRoute({
  method: "post",
  path: "/jobs/{job}/trigger",
  summary: "Start a backup of this job now",
  description: "The same as POST /backups?job=. Works while the job is paused or disabled.",
  tags: ["jobs"],
  request: { params: JobParam, headers: IdempotencyHeader },
  responses: { 202: json(BackupView, "It was started."), ...problems(400, 404, 409, 502) },
});

const pause = createRoute({
  method: "post",
  path: "/jobs/{job}/pause",
  summary: "Skip the slots of a job until it is resumed",
  tags: ["jobs"],
  middleware: readJson,
  request: { params: JobParam, body: { content: { "application/json": { schema: PauseBody } } } },
  responses: { 200: json(JobView, "The job."), ...problems(400, 404, 413, 415) },
});

const resume = createRoute({
  method: "post",
  path: "/jobs/{job}/resume",
  summary: "End a pause",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(JobView, "The job."), ...problems(400, 404) },
});

const check = createRoute({
  method: "post",
  path: "/jobs/{job}/check",
  summary: "Ask the job's provider whether it could work",
  description:
    "Changes nothing. With dry_run it also says what a backup made now would add, as far as the provider can tell " +
    "(restic), which takes about as long as one.",
  tags: ["jobs"],
  request: { params: JobParam, query: CheckQuery },
  responses: { 200: json(CheckView.array(), "What was asked and found."), ...problems(400, 404, 502) },
});

const forecast = createRoute({
  method: "get",
  path: "/jobs/{job}/forecast",
  summary: "Which backups there will be",
  description:
    "Plays schedule and retention over the time to come, supposing that each backup succeeds at its slot. " +
    "One forecast may take 200,000 slots and passes, and bring 100,000 more backups to stand: for more, 422 says how " +
    "far that reaches. Without 'until' and 'at' it goes a month, or as far as that. One is worked on at a time (503 when " +
    "too many wait), and a caller may ask for a minute of work in ten.",
  tags: ["jobs"],
  request: { params: JobParam, query: ForecastQuery },
  responses: { 200: json(ForecastView, "The forecast."), ...problems(400, 404, 422) },
});

/** Adds the routes of /jobs. */
export function addJobs(api: Api, { operations, watch }: ApiDeps): void {
  const known = <T>(job: string, answer: T | undefined): T => knownJob(operations, job, answer);

  api.openapi(list, async (c) => {
    const { limit, cursor, enabled } = c.req.valid("query");
    if (limit === undefined && cursor === undefined) {
      return await streamed<JobView[], "json">(jsonArray(operations.everyJob(enabled)), "application/json");
    }
    const page = await operations.jobs({
      limit: limit ?? 1000,
      cursor,
      ...(enabled === undefined ? {} : { enabled }),
    });
    return c.json(page.items, 200, nextLink(c.req.url, "cursor", page.cursor));
  });

  api.openapi(show, async (c) => {
    const { job } = c.req.valid("param");
    const view = await operations.job(job);
    const forgotten = view === undefined ? await operations.forgotten(job) : undefined;
    if (forgotten !== undefined) throw new Problem(404, forgotten);
    return c.json(known(job, view), 200);
  });

  api.openapi(start, async (c) => {
    const key = c.req.valid("header")["idempotency-key"];
    const view = await trigger(operations, c.req.valid("param").job, c.get("caller")!, key);
    return c.json(view, 202, { location: `/runs/${encodeURIComponent(view.run_id)}` });
  });

  api.openapi(pause, async (c) => {
    const { job } = c.req.valid("param");
    const options = c.req.valid("json");
    endToCome(watch, options.until);
    return c.json(known(job, await operations.pause(job, c.get("caller")!, options)), 200);
  });

  api.openapi(resume, async (c) => {
    const { job } = c.req.valid("param");
    return c.json(known(job, await operations.resume(job, c.get("caller")!)), 200);
  });

  api.openapi(check, async (c) => {
    const { job } = c.req.valid("param");
    return c.json(known(job, await operations.check(job, c.req.valid("query").dry_run ?? false)), 200);
  });

  api.openapi(forecast, async (c) => {
    const { job } = c.req.valid("param");
    const { until, at, ...tried } = c.req.valid("query");
    const request = {
      until: until ?? (at === undefined ? null : Math.max(...at)),
      ...(at === undefined ? {} : { dates: at }),
      ...tried,
    };
    try {
      return c.json(known(job, await operations.forecast(job, request, c.get("caller")!)), 200);
    } catch (error) {
      if (error instanceof RangeError) throw new Problem(400, error.message);
      throw error;
    }
  });
}
