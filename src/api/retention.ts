// /jobs/{job}/retention: what it would do, a pass now, and an approval of exactly what was shown.

import { createRoute } from "@hono/zod-openapi";
import type { RetentionQuery } from "../ports/operations.ts";
import { RetentionView } from "../ports/views/retention.ts";
import { json, problems } from "./answers.ts";
import { knownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { ApproveBody, ApproveQuery, JobParam, PassQuery, readJson, RetentionPageQuery } from "./inputs.ts";
import { nextLink } from "./links.ts";
import { Problem } from "./problems.ts";
import { retentionJson } from "./retention_json.ts";
import { streamed } from "./streamed.ts";

const retention = createRoute({
  method: "get",
  path: "/jobs/{job}/retention",
  summary: "What retention keeps and removes now",
  description:
    "Those that stay, newest first, and those that go, oldest first: all of them, or with 'limit' a page; " +
    "more are behind the Link header's rel=next. The same digest on two pages says that the same backups go.",
  tags: ["retention"],
  request: { params: JobParam, query: RetentionPageQuery },
  responses: { 200: json(RetentionView, "The decision."), ...problems(400, 404) },
});

const pass = createRoute({
  method: "post",
  path: "/jobs/{job}/retention",
  summary: "Run a retention pass now",
  description: "Answers when it is over, with what is left to do; of its backups the first 'limit', or all.",
  tags: ["retention"],
  request: { params: JobParam, query: PassQuery },
  responses: { 200: json(RetentionView, "The decision."), ...problems(400, 404) },
});

const approve = createRoute({
  method: "post",
  path: "/jobs/{job}/retention/approve",
  summary: "Approve one exact set of deletions that a guard stopped",
  description:
    "409 with the present set when it is no longer the one the digest names: of its backups the first " +
    "'limit', or 10,000.",
  tags: ["retention"],
  middleware: readJson,
  request: {
    params: JobParam,
    query: ApproveQuery,
    body: { required: true, content: { "application/json": { schema: ApproveBody } } },
  },
  responses: { 200: json(RetentionView, "It is approved."), ...problems(400, 404, 409, 413, 415) },
});

/** Adds the routes of the retention of a job. */
export function addRetention(api: Api, { operations }: ApiDeps): void {
  const known = <T>(job: string, answer: T | undefined): T => knownJob(operations, job, answer);
  const whole = async (job: string) =>
    await streamed<RetentionView, "json">(
      retentionJson(known(job, await operations.retentionSlices(job))),
      "application/json",
    );

  api.openapi(retention, async (c) => {
    const { job } = c.req.valid("param");
    const { limit, cursor, decision } = c.req.valid("query");
    if (limit === undefined && cursor === undefined && decision === undefined) return await whole(job);
    const wanted = { limit: limit ?? 1000, cursor, decision };
    const page = known(job, await operations.retentionPage(job, wanted));
    return c.json(page.view, 200, nextLink(c.req.url, "cursor", page.cursor));
  });

  api.openapi(pass, async (c) => {
    const { job } = c.req.valid("param");
    const { dry_run, ...rows } = c.req.valid("query");
    const query = queryOf(rows);
    const asked = operations.runRetention(job, c.get("caller")!, dry_run ?? false, query ?? MANY);
    const view = known(job, await asked);
    return query === undefined && !isWhole(view) ? await whole(job) : c.json(view, 200);
  });

  api.openapi(approve, async (c) => {
    const { job } = c.req.valid("param");
    const { digest } = c.req.valid("json");
    const query = queryOf(c.req.valid("query"));
    const asked = operations.approveRetention(job, c.get("caller")!, digest, query ?? MANY);
    const answer = known(job, await asked);
    if (answer.outcome === "approved") {
      return query === undefined && !isWhole(answer.view) ? await whole(job) : c.json(answer.view, 200);
    }
    throw new Problem(409, whyNotApproved(answer.outcome, answer.view), { retention: answer.view });
  });
}

/** Most rows that are told in one piece where nobody asked for a page. */
const MANY: RetentionQuery = { limit: 10_000 };

/** True when it has all rows. */
function isWhole({ keep, remove, keep_count, remove_count }: RetentionView): boolean {
  return keep.length + remove.length === keep_count + remove_count;
}

/** Undefined: all rows are wanted. */
function queryOf(
  rows: { limit?: number; decision?: RetentionQuery["decision"] },
): RetentionQuery | undefined {
  if (rows.limit === undefined && rows.decision === undefined) return undefined;
  return { limit: rows.limit ?? 1000, decision: rows.decision };
}

function whyNotApproved(outcome: "changed" | "nothing", view: RetentionView): string {
  return outcome === "nothing"
    ? `There is nothing to approve for '${view.job}': no guard stops its retention`
    : `The set of deletions of '${view.job}' is no longer the one that was shown: ` +
      `look at it again and approve digest ${view.digest}`;
}
