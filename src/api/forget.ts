// DELETE /jobs/{job}: ends a job that left the configuration.

import { createRoute } from "@hono/zod-openapi";
import { iso } from "../domain/instant.ts";
import { ForgottenView } from "../ports/views/forgotten.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam } from "./inputs.ts";
import { Problem } from "./problems.ts";

const forget = createRoute({
  method: "delete",
  path: "/jobs/{job}",
  summary: "Forget a job that left the configuration",
  description:
    "It shows no more among the jobs; its runs and events stay, and configured again it is a job again. 409, and " +
    "nothing changes, for one that is in the configuration, and while anything of it may be left at a provider: a " +
    "backup that is available, held, missing or being deleted, a run under way, or what failed runs left. Saying it " +
    "again changes nothing.",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: { 200: json(ForgottenView, "It is forgotten."), ...problems(400, 404, 409) },
});

/** Adds the route. */
export function addForget(api: Api, { operations }: ApiDeps): void {
  api.openapi(forget, async (c) => {
    const { job } = c.req.valid("param");
    const answer = await operations.forget(job, c.get("caller")!);
    if (answer === undefined) throw new Problem(404, `There is no job '${job.slice(0, 80)}' on record`);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json({ job, forgotten_at: iso(answer.at) }, 200);
  });
}
