// /backups/{id}/verify and /verification: proves that one backup can be restored, and tells what was found.

import { createRoute } from "@hono/zod-openapi";
import { BackupVerificationView, VerificationView } from "../ports/views/proof.ts";
import { json, problems } from "./answers.ts";
import { findBackup } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { IdParam, JobQuery, VerifyQuery } from "./inputs.ts";
import { Problem } from "./problems.ts";
import { backupVerificationView, verificationView } from "./verification_views.ts";

/** So many of one backup are shown. */
const MOST = 20;

const verify = createRoute({
  method: "post",
  path: "/backups/{id}/verify",
  summary: "Prove that a backup can be restored",
  description:
    "Asks its provider, which does not wait: how it goes is told by GET /backups/{id}/verification. A backup " +
    "that becomes due meanwhile comes first, and ends it.",
  tags: ["backups"],
  request: { params: IdParam, query: VerifyQuery },
  responses: { 202: json(VerificationView, "It is asked for."), ...problems(400, 404, 409) },
});

const show = createRoute({
  method: "get",
  path: "/backups/{id}/verification",
  summary: "What is known of whether a backup can be restored",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(BackupVerificationView, "Newest first."), ...problems(400, 404, 409) },
});

/** Adds the routes about verifications. */
export function addVerifications(api: Api, { reads, operations }: ApiDeps): void {
  api.openapi(verify, async (c) => {
    const { job, method } = c.req.valid("query");
    const run = await findBackup(reads, c.req.valid("param").id, job);
    const answer = await operations.verifyBackup(run, method, c.get("caller")!);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json(verificationView(answer.verification), 202);
  });

  api.openapi(show, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    return c.json(backupVerificationView(run, await operations.verificationsOf(run, MOST)), 200);
  });
}
