// /backups/{id}/accept and /reject: an operator's word on a backup that is suspect for its size.

import { createRoute } from "@hono/zod-openapi";
import { BackupView } from "../ports/views/backup.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { findBackup } from "./backups.ts";
import { AcceptQuery, IdParam, JobQuery } from "./inputs.ts";
import { Problem } from "./problems.ts";
import { backupView } from "./views.ts";

const accept = createRoute({
  method: "post",
  path: "/backups/{id}/accept",
  summary: "Accept a suspect backup",
  description:
    "From the next pass on it counts as if it had never been suspect, and the sizes before it say " +
    "nothing any more. One whose verification failed is accepted with damaged=true alone: the next pass may then " +
    "delete sound ones beside it, and itself as well. Saying it again changes nothing.",
  tags: ["backups"],
  request: { params: IdParam, query: AcceptQuery },
  responses: { 200: json(BackupView, "It is accepted."), ...problems(400, 404, 409) },
});

const reject = createRoute({
  method: "post",
  path: "/backups/{id}/reject",
  summary: "Reject a suspect backup",
  description:
    "It counts for nothing, and the next pass deletes it under every guard and check, unless it is " +
    "held or no other backup counts. Saying it again changes nothing.",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(BackupView, "It is rejected."), ...problems(400, 404, 409) },
});

/** Adds the routes that decide about suspects. */
export function addSuspects(api: Api, { reads, operations }: ApiDeps): void {
  api.openapi(accept, async (c) => {
    const { job, damaged } = c.req.valid("query");
    const run = await findBackup(reads, c.req.valid("param").id, job);
    const verdict = damaged ? "accept_damaged" : "accept";
    const answer = await operations.decideSuspect(run, verdict, c.get("caller")!);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(backupView(answer.run), 200);
  });

  api.openapi(reject, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const answer = await operations.decideSuspect(run, "reject", c.get("caller")!);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(backupView(answer.run), 200);
  });
}
