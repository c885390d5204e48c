// /backups/{id}/restore and /files, and /operations: gets a backup back into a folder that the configuration allows.

import { createRoute } from "@hono/zod-openapi";
import { iso } from "../domain/instant.ts";
import { insidePath } from "../domain/inside_path.ts";
import type { ServerRestore } from "../domain/server_restore.ts";
import type { RestoreOutcome } from "../ports/operations.ts";
import type { BackupPage } from "../ports/restore.ts";
import { FilesView, RestoreView } from "../ports/views/restores.ts";
import { json, problems } from "./answers.ts";
import { findBackup } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import {
  FilesQuery,
  IdempotencyHeader,
  IdParam,
  JobQuery,
  OperationParam,
  readJson,
  RestoreBody,
  RestoresQuery,
} from "./inputs.ts";
import { badRequest, Problem } from "./problems.ts";

const restore = createRoute({
  method: "post",
  path: "/backups/{id}/restore",
  summary: "Restore a backup, or a part of it, into a folder of the server's or its provider's machine",
  description:
    "The folder must lie below one of `restore.roots` of the configuration. Answers once its provider has " +
    "taken it; how far it is tells GET /operations/{op}. It is on record in the audit trail; a dry run is not.",
  tags: ["backups"],
  middleware: [readJson],
  request: {
    params: IdParam,
    query: JobQuery,
    headers: IdempotencyHeader,
    body: { required: true, content: { "application/json": { schema: RestoreBody } } },
  },
  responses: { 202: json(RestoreView, "It is asked for."), ...problems(400, 404, 409, 422) },
});

const files = createRoute({
  method: "get",
  path: "/backups/{id}/files",
  summary: "What lies in a folder of a backup, a page at a time",
  description: "Asks the backup's provider, so it may take a while.",
  tags: ["backups"],
  request: { params: IdParam, query: FilesQuery },
  responses: { 200: json(FilesView, "By name."), ...problems(400, 404, 409, 502) },
});

const list = createRoute({
  method: "get",
  path: "/operations",
  summary: "Restores by the server, newest first",
  tags: ["backups"],
  request: { query: RestoresQuery },
  responses: { 200: json(RestoreView.array(), "The restores."), ...problems(400) },
});

const show = createRoute({
  method: "get",
  path: "/operations/{op}",
  summary: "How far a restore is",
  tags: ["backups"],
  request: { params: OperationParam },
  responses: { 200: json(RestoreView, "The restore."), ...problems(400, 404) },
});

const cancel = createRoute({
  method: "post",
  path: "/operations/{op}/cancel",
  summary: "End a restore",
  description: "What was restored until then stays.",
  tags: ["backups"],
  request: { params: OperationParam },
  responses: { 202: json(RestoreView, "It is told to end."), ...problems(400, 404, 409, 502) },
});

/** Adds the routes about restores. */
export function addRestores(api: Api, { reads, operations }: ApiDeps): void {
  api.openapi(restore, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const { target, include, dry_run, overwrite, any_owner } = c.req.valid("json");
    const callerKey = c.req.valid("header")["idempotency-key"];
    const wish = {
      ...{ target, include, dryRun: dry_run, overwrite, anyOwner: any_owner },
      ...(callerKey === undefined ? {} : { callerKey }),
    };
    const begun = taken(await operations.restoreBackup(run, wish, c.get("caller")!));
    const location = `/operations/${encodeURIComponent(begun.operationId)}`;
    return c.json(restoreView(begun), 202, { location });
  });

  api.openapi(files, async (c) => {
    const { job, path, after, limit } = c.req.valid("query");
    const inside = insidePath(path ?? "");
    if (!inside.ok) throw badRequest("query", [{ field: "path", message: inside.problem }]);
    const run = await findBackup(reads, c.req.valid("param").id, job);
    const answer = await operations.filesOf(run, inside.path, after, limit ?? 100);
    if (answer.outcome === "page") return c.json(filesView(answer.page), 200);
    throw new Problem(answer.outcome === "none" ? 404 : 409, answer.message);
  });

  api.openapi(list, (c) => {
    const { job, limit } = c.req.valid("query");
    const found = operations.restores({ limit: limit ?? 100, ...(job === undefined ? {} : { job }) });
    return c.json(found.map(restoreView), 200);
  });

  api.openapi(show, (c) => {
    const { op } = c.req.valid("param");
    const found = operations.restore(op);
    if (found === undefined) throw unknownOperation(op);
    return c.json(restoreView(found), 200);
  });

  api.openapi(cancel, async (c) => {
    const { op } = c.req.valid("param");
    const answer = await operations.cancelRestore(op);
    if (answer === undefined) throw unknownOperation(op);
    return c.json(restoreView(taken(answer)), 202);
  });
}

function taken(answer: RestoreOutcome): ServerRestore {
  if (answer.outcome === "accepted") return answer.restore;
  throw new Problem(answer.outcome === "conflict" ? 409 : 422, answer.message);
}

function unknownOperation(op: string): Problem {
  return new Problem(
    404,
    `There is no restore '${
      op.slice(0, 80)
    }': dry runs are forgotten at a restart, others are in the audit trail`,
  );
}

function restoreView(one: ServerRestore): RestoreView {
  return {
    operation_id: one.operationId,
    job: one.job,
    id: one.id,
    run_id: one.runId,
    state: one.state,
    target: one.target,
    include: one.include,
    dry_run: one.dryRun,
    overwrite: one.overwrite,
    any_owner: one.anyOwner,
    warning: one.warning,
    asked_by: one.askedBy,
    message: one.message,
    files: one.files,
    bytes: one.bytes,
    started_at: iso(one.startedAt),
    ended_at: iso(one.endedAt),
  };
}

function filesView({ entries, next }: BackupPage): FilesView {
  return {
    entries: entries.map(({ path, type, size, modifiedAt }) => ({
      path,
      type,
      size: size ?? null,
      modified_at: modifiedAt === undefined ? null : iso(modifiedAt),
    })),
    next: next ?? null,
  };
}
