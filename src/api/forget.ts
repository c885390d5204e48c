// DELETE /jobs/{job}: ends a job that left the configuration.

import { createRoute } from "@hono/zod-openapi";
import { iso } from "../domain/instant.ts";
import { ForgottenView } from "../ports/views/forgotten.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam, StorageGoneQuery } from "./inputs.ts";
import { Problem } from "./problems.ts";

const forget = createRoute({
  method: "delete",
  path: "/jobs/{job}",
  summary: "Forget a job that left the configuration",
  description:
    "It shows no more among the jobs; its runs and events stay, and configured again it is a job again. 409, and " +
    "nothing changes, for one that is in the configuration, and while anything of it may be left at a provider: a " +
    "backup that is available, held, missing or being deleted, a run under way, or what failed runs left. Saying it " +
    "again changes nothing. With `storage=gone` the caller says that where its backups were is no more: all of them are " +
    "taken off the record, with who said so, and nothing is sent to any provider; 409 where its provider is in the " +
    "configuration and can be asked.",
  tags: ["jobs"],
  request: { params: JobParam, query: StorageGoneQuery },
  responses: { 200: json(ForgottenView, "It is forgotten."), ...problems(400, 404, 409) },
});

/** Adds the route. */
export function addForget(api: Api, { operations }: ApiDeps): void {
  api.openapi(forget, async (c) => {
    const { job } = c.req.valid("param");
    const isGone = c.req.valid("query").storage !== undefined;
    const answer = await operations.forget(job, c.get("caller")!, ...(isGone ? [true] : []));
    if (answer === undefined) throw new Problem(404, `There is no job '${job.slice(0, 80)}' on record`);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json({ job, forgotten_at: iso(answer.at) }, 200);
  });
}
