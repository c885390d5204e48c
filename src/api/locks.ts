// /jobs/{job}/locks and /unlock: what lies in the way on the job's storage, and its removal. /backups/{id}/unlock: a backup
// that its storage refused to delete is asked about again.

import { createRoute } from "@hono/zod-openapi";
import { LocksView, UnlockView } from "../ports/views/locks.ts";
import { json, problems } from "./answers.ts";
import { BackupView } from "../ports/views/backup.ts";
import { findBackup, knownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { IdParam, JobParam, JobQuery, readJson, UnlockBody } from "./inputs.ts";
import { Problem } from "./problems.ts";
import { backupView } from "./views.ts";

const locks = createRoute({
  method: "post",
  path: "/jobs/{job}/locks",
  summary: "Show the locks on the job's storage",
  description: "Asks the provider, and removes none. Whose each is, and why it stays or when it goes.",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(LocksView, "The locks."), ...problems(400, 404, 502) },
});

const unlock = createRoute({
  method: "post",
  path: "/jobs/{job}/unlock",
  summary: "Remove locks from the job's storage",
  description:
    "Exactly these, whoever may be at work under them, except those of a program of ours that works. A lock " +
    "that is removed too early lets a prune take what a backup is just writing.",
  tags: ["jobs"],
  middleware: readJson,
  request: {
    params: JobParam,
    body: { required: true, content: { "application/json": { schema: UnlockBody } } },
  },
  responses: { 200: json(UnlockView, "What became of each."), ...problems(400, 404, 413, 415, 502) },
});

const askAgain = createRoute({
  method: "post",
  path: "/backups/{id}/unlock",
  summary: "Have the storage of a locked backup asked again",
  description:
    "Deletes nothing and takes no lock off the storage: what was heard of it is forgotten, so that the next " +
    "pass asks for the deletion of a backup that retention lets go, instead of waiting for the date, or for a day " +
    "where there is none. A storage that still refuses locks it anew.",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(BackupView, "It is asked again."), ...problems(400, 404, 409) },
});

/** Adds the routes of locks. */
export function addLocks(api: Api, { operations, reads }: ApiDeps): void {
  api.openapi(askAgain, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const answer = await operations.forgetLock(run, c.get("caller")!);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(backupView(answer.run), 200);
  });

  api.openapi(locks, async (c) => {
    const { job } = c.req.valid("param");
    return c.json(knownJob(operations, job, await operations.locks(job)), 200);
  });

  api.openapi(unlock, async (c) => {
    const { job } = c.req.valid("param");
    const ids = c.req.valid("json").locks;
    return c.json(knownJob(operations, job, await operations.unlock(job, ids, c.get("caller")!)), 200);
  });
}
