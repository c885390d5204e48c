// /jobs/{job}/locks and /unlock: what lies in the way on the job's storage, and its removal.

import { createRoute } from "@hono/zod-openapi";
import { LocksView, UnlockView } from "../ports/views/locks.ts";
import { json, problems } from "./answers.ts";
import { knownJob } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam, readJson, UnlockBody } from "./inputs.ts";

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

/** Adds the routes of locks. */
export function addLocks(api: Api, { operations }: ApiDeps): void {
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
