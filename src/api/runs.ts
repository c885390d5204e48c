// /runs: every decision, what happened to it, and its cancel.

import { createRoute } from "@hono/zod-openapi";
import { ProviderError } from "../domain/errors.ts";
import { isWaiting, type Run, type Status } from "../domain/backup.ts";
import { knownAdvice } from "../domain/known_cause.ts";
import type { Page } from "../ports/queries.ts";
import { RunDetailView, RunView } from "../ports/views/run.ts";
import { json, jsonText, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { RunParam, RunsQuery } from "./inputs.ts";
import { nextLink } from "./links.ts";
import { Problem } from "./problems.ts";
import { eventView, runsText, runView } from "./views.ts";

/** Most events shown of one run. */
const MAX_EVENTS = 1000;

const list = createRoute({
  method: "get",
  path: "/runs",
  summary: "Runs, newest first",
  description: "Every decision about a slot and every start by hand, skipped ones too.",
  tags: ["runs"],
  request: { query: RunsQuery },
  responses: { 200: json(RunView.array(), "The runs."), ...problems(400) },
});

const show = createRoute({
  method: "get",
  path: "/runs/{run_id}",
  summary: "One run with what happened to it",
  tags: ["runs"],
  request: { params: RunParam },
  responses: { 200: json(RunDetailView, "The run."), ...problems(400, 404) },
});

const cancel = createRoute({
  method: "post",
  path: "/runs/{run_id}/cancel",
  summary: "Cancel a run that is not finished",
  tags: ["runs"],
  request: { params: RunParam },
  responses: {
    200: json(RunView, "It is cancelled."),
    202: json(RunView, "The cancel was accepted; the provider is being asked."),
    ...problems(400, 404, 409),
  },
});

/** Adds the routes of /runs. */
export function addRuns(api: Api, { reads, operations }: ApiDeps): void {
  async function find(runId: string): Promise<Run> {
    const run = await reads.run(runId);
    if (run === undefined) throw new Problem(404, `There is no run '${runId.slice(0, 80)}'`);
    return run;
  }

  async function output(run: Run): Promise<string | null> {
    try {
      return await operations.output(run) ?? null;
    } catch (error) {
      // What the store knows of the run is shown even when its provider is out of reach.
      if (error instanceof ProviderError) return null;
      throw error;
    }
  }

  api.openapi(list, async (c) => {
    const wanted = c.req.valid("query");
    const { text, cursor } = await reads.showRuns({ ...wanted, limit: wanted.limit ?? 1000 }, shownPage);
    return jsonText<RunView[]>(text, nextLink(c.req.url, "cursor", cursor));
  });

  api.openapi(show, async (c) => {
    const run = await find(c.req.valid("param").run_id);
    const events = await reads.events({ runId: run.runId, limit: MAX_EVENTS, ascending: true });
    const view = runView(run, await operations.leftovers([run]));
    const more = { events: events.map(eventView), remedy: remedyOf(run), output: await output(run) };
    return c.json({ ...view, ...more }, 200);
  });

  api.openapi(cancel, async (c) => {
    const run = await find(c.req.valid("param").run_id);
    const answer = await operations.cancelRun(run, c.get("caller")!);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(runView(answer.run), answer.outcome === "cancelled" ? 200 : 202);
  });
}

/** Whose message tells of a trouble. */
const TROUBLED: readonly Status[] = ["failed", "lost", "unknown", "delete-error"];

function remedyOf(run: Run): string | null {
  if (run.message === null || !(isWaiting(run) || TROUBLED.includes(run.status))) return null;
  return knownAdvice(run.message, run.job) ?? null;
}

/** A page as text. */
function shownPage({ items, cursor }: Page<Run>) {
  return { text: runsText(items), cursor };
}
