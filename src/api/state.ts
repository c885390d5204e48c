// /jobs/{job}/import, /jobs/{job}/migrate, /state/snapshot and /state/compact: what goes into the state from a provider or
// from the original, a copy of all of it, and the room that it takes.

import { createRoute } from "@hono/zod-openapi";
import { CompactionView, ImportView, MigrationView, SnapshotView } from "../ports/views/state.ts";
import { json, problems } from "./answers.ts";
import { unknownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import {
  CompactQuery,
  DryRunQuery,
  ImportQuery,
  JobParam,
  MigrateBody,
  readJson,
  SnapshotBody,
} from "./inputs.ts";
import { Problem } from "./problems.ts";

const importRoute = createRoute({
  method: "post",
  path: "/jobs/{job}/import",
  summary: "Take in what the job's provider lists and nobody knows",
  description:
    "Only what the list names as the job's own, by its name or its former one, and of the provider's own machine; " +
    "what names nobody only where the job alone keeps backups there and the list names no other. Anything else comes " +
    "in by its id. Never takes an id that a run already has. None of it is deleted before the guard first_policy is " +
    "approved; what has no time comes in held.",
  tags: ["jobs"],
  request: { params: JobParam, query: ImportQuery },
  responses: { 200: json(ImportView, "What came in, or would."), ...problems(400, 404, 409, 502) },
});

const migrateRoute = createRoute({
  method: "post",
  path: "/jobs/{job}/migrate",
  summary: "Take over what the original's sqlite file has on record and the provider still has",
  description:
    "Asks the provider for each of its backups; of a file of the original's successor for those whose name makes that of " +
    "the job. What comes in is guarded and held as by an import.",
  tags: ["jobs"],
  middleware: readJson,
  request: {
    params: JobParam,
    query: DryRunQuery,
    body: { required: true, content: { "application/json": { schema: MigrateBody } } },
  },
  responses: {
    200: json(MigrationView, "What came in, or would."),
    ...problems(400, 404, 409, 413, 415, 502),
  },
});

const snapshot = createRoute({
  method: "post",
  path: "/state/snapshot",
  summary: "Copy the state to a new file on the server's machine",
  description:
    "Never over a file that is there; over TCP only below the folder that state.snapshots.to names (403). A server that starts on the copy deletes nothing until that is " +
    "approved job by job. Before a copy is put in place of a state, remove the state's -wal and -shm files.",
  tags: ["operating"],
  middleware: readJson,
  request: { body: { required: true, content: { "application/json": { schema: SnapshotBody } } } },
  responses: { 200: json(SnapshotView, "The copy."), ...problems(400, 409, 413, 415) },
});

const compact = createRoute({
  method: "post",
  path: "/state/compact",
  summary: "Give the room that the state file does not need back to the disk",
  description:
    "In slices of a few milliseconds, while all else goes on. A file that an earlier version made can be compacted only " +
    "while no server uses it (409): by `schelly state compact`.",
  tags: ["operating"],
  request: { query: CompactQuery },
  responses: { 200: json(CompactionView, "What was given back, or would be."), ...problems(400, 409) },
});

/** Adds the routes. */
export function addState(api: Api, { operations }: ApiDeps): void {
  api.openapi(importRoute, async (c) => {
    const { job } = c.req.valid("param");
    const { dry_run: dryRun = false, id: ids } = c.req.valid("query");
    const answer = await operations.importBackups(job, c.get("caller")!, dryRun, ids);
    if (answer === undefined) throw unknownJob(operations, job);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(answer.view, 200);
  });

  api.openapi(migrateRoute, async (c) => {
    const { job } = c.req.valid("param");
    const dryRun = c.req.valid("query").dry_run ?? false;
    const answer = await operations.migrate(job, c.req.valid("json").path, c.get("caller")!, dryRun);
    if (answer === undefined) throw unknownJob(operations, job);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(answer.view, 200);
  });

  api.openapi(compact, async (c) => {
    const answer = await operations.compact(c.get("caller")!, c.req.valid("query").dry_run ?? false);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(answer.view, 200);
  });

  api.openapi(snapshot, async (c) => {
    const answer = await operations.snapshot(c.req.valid("json").path, c.get("caller")!);
    if (answer.outcome !== "written") {
      throw new Problem(answer.outcome === "refused" ? 403 : 409, answer.message);
    }
    return c.json(answer.view, 200);
  });
}
