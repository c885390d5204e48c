// /backups: the published list and start, and one backup by id.

import { createRoute } from "@hono/zod-openapi";
import { isInLine, isUnfinished, isWaiting, type Run } from "../domain/backup.ts";
import { mayHaveLeft } from "../domain/leftovers.ts";
import type { ListedBackup } from "../domain/listed_backup.ts";
import { isUntilMended } from "../domain/unusable.ts";
import type { Caller, Operations } from "../ports/operations.ts";
import type { Page } from "../ports/queries.ts";
import type { Reads } from "../ports/store.ts";
import { BackupView } from "../ports/views/backup.ts";
import { ExplainView } from "../ports/views/explain.ts";
import { json, jsonText, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { explain } from "./explain.ts";
import { BackupsQuery, IdempotencyHeader, IdParam, JobQuery, SUSPECT } from "./inputs.ts";
import { nextLink } from "./links.ts";
import { badRequest, Problem } from "./problems.ts";
import { backupsText, backupView } from "./views.ts";

const list = createRoute({
  method: "get",
  path: "/backups",
  summary: "Backups, newest first",
  description: "Everything that has a provider's id. More rows are behind the Link header's rel=next.",
  tags: ["backups"],
  request: { query: BackupsQuery },
  responses: { 200: json(BackupView.array(), "The backups."), ...problems(400) },
});

const start = createRoute({
  method: "post",
  path: "/backups",
  summary: "Start a backup now",
  description: "Answers when the provider answered the first try. 'id' is null when that answer was lost: " +
    "follow the run by its run_id. 'job' is needed when there are several.",
  tags: ["backups"],
  request: { query: JobQuery, headers: IdempotencyHeader },
  responses: { 202: json(BackupView, "It was started."), ...problems(400, 404, 409, 502) },
});

const show = createRoute({
  method: "get",
  path: "/backups/{id}",
  summary: "One backup",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(BackupView, "The backup."), ...problems(400, 404, 409) },
});

const why = createRoute({
  method: "get",
  path: "/backups/{id}/explain",
  summary: "Why a backup is kept or goes",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(ExplainView, "The explanation."), ...problems(400, 404, 409) },
});

const remove = createRoute({
  method: "delete",
  path: "/backups/{id}",
  summary: "Delete one backup",
  description: "Accepted means decided and saved; the provider is asked after that. See its state.",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 202: json(BackupView, "Its deletion was accepted."), ...problems(400, 404, 409) },
});

/** Adds the routes of /backups. */
export function addBackups(api: Api, { reads, operations }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { status, limit = 1000, ...wanted } = c.req.valid("query");
    const kind = status === SUSPECT ? { suspect: true as const } : { status };
    const { cursor, ...page } = await reads.showBackups({ ...wanted, ...kind, limit }, shownPage);
    const text = "text" in page ? page.text : backupsText(page.items, await operations.leftovers(page.items));
    return jsonText<BackupView[]>(text, nextLink(c.req.url, "cursor", cursor));
  });

  api.openapi(start, async (c) => {
    const job = c.req.valid("query").job ?? onlyJob(operations);
    const key = c.req.valid("header")["idempotency-key"];
    const view = await trigger(operations, job, c.get("caller")!, key);
    return c.json(view, 202, { location: `/runs/${encodeURIComponent(view.run_id)}` });
  });

  api.openapi(show, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    return c.json(backupView(run, await operations.leftovers([run])), 200);
  });

  api.openapi(why, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    // Only an available backup depends on what retention would do now and later.
    if (run.status === "available") {
      return c.json(explain(run, { ...await operations.explain(run, c.get("caller")!) }), 200);
    }
    const [done] = await reads.events({ runId: run.runId, type: ["delete.done"], limit: 1 });
    const leftover = (await operations.leftovers([run])).get(run.runId);
    return c.json(explain(run, { deletedAt: done?.at, leftover }), 200);
  });

  api.openapi(remove, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const answer = await operations.deleteBackup(run, c.get("caller")!);
    if (answer.outcome === "conflict") {
      const { message, sharedWith } = answer;
      throw new Problem(
        409,
        message,
        sharedWith && { reason: "shared_data", candidates: [candidate(sharedWith)] },
      );
    }
    return c.json(backupView(answer.run), 202);
  });
}

/** A page as text. What is told of leftovers changes with the time: where there may be some, the rows themselves. */
function shownPage(
  { items, cursor }: Page<ListedBackup>,
): { text: string; cursor?: string } | Page<ListedBackup> {
  return items.some(mayHaveLeft) ? { items, cursor } : { text: backupsText(items), cursor };
}

/** Starts a run of a job by hand; whatever did not start becomes a problem. */
export async function trigger(
  operations: Operations,
  job: string,
  by: Caller,
  callerKey: string | undefined,
): Promise<BackupView> {
  const answer = await operations.trigger(job, by, callerKey);
  if (answer === undefined) throw unknownJob(operations, job);
  switch (answer.outcome) {
    case "started":
      return backupView(answer.run);
    case "unknown": {
      const view = backupView(answer.run);
      return { ...view, custom_data: view.custom_data ?? answer.message };
    }
    case "refused":
      throw new Problem(502, `Cannot start a backup of '${job}': ${whyNot(answer.run)}: ${answer.message}`, {
        candidates: [candidate(answer.run)],
      });
    case "waiting":
      throw new Problem(
        502,
        `Cannot start a backup of '${job}' now: ${
          whyNot(answer.run)
        }: ${answer.message}; run ${answer.run.runId} ` +
          `waits for it, was tried just now, and begins by itself ${
            isInLine(answer.run) ? "in its turn" : "once that is fixed"
          }`,
        { candidates: [candidate(answer.run)] },
      );
    case "busy":
      if (answer.runId === null) throw new Problem(409, `A run of '${job}' is not finished yet`);
      throw new Problem(409, `Run ${answer.runId} of '${job}' ${busyText(answer.cause)}`, {
        candidates: [{ job, run_id: answer.runId, id: null }],
      });
    case "stopping":
      throw new Problem(503, "Schelly is stopping: nothing new is started", {}, { "retry-after": "10" });
  }
}

function busyText(cause: string | null): string {
  return cause === null ? "is not finished yet" : `has not begun yet: ${cause}, and then begins by itself`;
}

/** In the words of the run: what could not be reached refused nothing. */
function whyNot(run: Run): string {
  if (isUntilMended(run)) return "its provider cannot be used until that is fixed";
  if (isWaiting(run) && isInLine(run)) return "its provider is at work";
  return run.reason === "unreachable" || isWaiting(run)
    ? "its provider could not be reached"
    : "its provider refused";
}

/** The problem of a job that is not configured, with the names that are. */
export function unknownJob(operations: Operations, job: string): Problem {
  const names = operations.jobNames();
  const known = names.length === 0 ? "none is configured" : `expected ${oneOf(names)}`;
  return new Problem(404, `There is no job '${job.slice(0, 80)}': ${known}`);
}

/** What was answered of the job; undefined says that there is none, and is told so. */
export function knownJob<T>(operations: Operations, job: string, answer: T | undefined): T {
  if (answer === undefined) throw unknownJob(operations, job);
  return answer;
}

function onlyJob(operations: Operations): string {
  const names = operations.jobNames();
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw new Problem(404, "There is no job to start: none is configured");
  throw badRequest("query", [{ field: "job", message: `is missing: expected ${oneOf(names)}` }]);
}

function oneOf(names: string[]): string {
  if (names.length === 1) return `'${names[0]}'`;
  const more = names.length > 20 ? ` and ${names.length - 20} more` : "";
  return `one of ${names.slice(0, 20).join(", ")}${more}`;
}

/** The one backup that an id names: a run id first, for that is ours and unique, else the provider's id. */
export async function findBackup(reads: Reads, id: string, job: string | undefined): Promise<Run> {
  const rows = await reads.find(id, job);
  const byRunId = rows.find((row) => row.runId === id);
  const found = byRunId === undefined ? rows : [byRunId];
  const shown = `'${id.slice(0, 80)}'${job === undefined ? "" : ` of job '${job.slice(0, 80)}'`}`;
  if (found.length > 1) {
    throw new Problem(409, `Several backups have the id ${shown}: name one by its run id, or add ?job=`, {
      candidates: found.map(candidate),
    });
  }
  const run = found[0];
  if (run === undefined) throw new Problem(404, `There is no backup ${shown}`);
  if (run.id === null && !isUnfinished(run.status)) {
    throw new Problem(404, `Run ${run.runId} is ${run.status} and made no backup: see /runs/${run.runId}`);
  }
  return run;
}

function candidate(run: Run): { job: string; run_id: string; id: string | null } {
  return { job: run.job, run_id: run.runId, id: run.id };
}
