// DELETE /jobs/{job}: takes a job out of the configuration, and ends one that left it.

import { createRoute } from "@hono/zod-openapi";
import { iso } from "../domain/instant.ts";
import { LeftView } from "../ports/views/forgotten.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { JobParam, LeavingQuery } from "./inputs.ts";
import { ConditionHeaders, conditionOf, doneOr } from "./job_files.ts";
import { Problem } from "./problems.ts";

const forget = createRoute({
  method: "delete",
  path: "/jobs/{job}",
  summary: "Take a job out of the configuration, or forget one that left it",
  description:
    "A job whose file is in the folder of jobs_dir leaves the configuration, under the rules of PUT; its backups stay " +
    "untouched. With `forget=true` no file is touched. One that left the configuration is forgotten: it shows no more " +
    "among the jobs; its runs and events stay, and configured again it is a job again. 409, and nothing changes, for one " +
    "that is written elsewhere in the configuration, and while anything of it may be left at a provider: a " +
    "backup that is available, held, missing or being deleted, a run under way, or what failed runs left. Saying it " +
    "again changes nothing. With `storage=gone` the caller says that where its backups were is no more: all of them are " +
    "taken off the record, with who said so, and nothing is sent to any provider; 409 where its provider is in the " +
    "configuration and can be asked.",
  tags: ["jobs"],
  request: { params: JobParam, query: LeavingQuery, headers: ConditionHeaders },
  responses: {
    200: json(LeftView, "It is forgotten, or out of the configuration."),
    ...problems(400, 404, 409, 412, 422),
  },
});

const NOT_PLANNED =
  "Forgetting a job is not planned: it changes the lists alone, and is refused where anything is left";

/** Adds the route. */
export function addForget(api: Api, { operations }: ApiDeps): void {
  api.openapi(forget, async (c) => {
    const { job } = c.req.valid("param");
    const { storage, forget, dry_run: dryRun = false } = c.req.valid("query");
    const condition = conditionOf(c.req.valid("header"));
    const isGone = storage !== undefined;
    if (!isGone && forget === undefined && (await operations.jobFile(job)).outcome === "done") {
      const { view } = doneOr(await operations.removeJob(job, c.get("caller")!, { dryRun, ...condition }));
      return c.json({ job, forgotten_at: null, edit: view }, 200);
    }
    if (condition.ifMatch !== undefined) {
      throw new Problem(
        412,
        `Cannot take job '${job.slice(0, 80)}' out: If-Match names a file, and there is none`,
      );
    }
    if (dryRun) throw new Problem(409, NOT_PLANNED);
    const answer = await operations.forget(job, c.get("caller")!, ...(isGone ? [true] : []));
    if (answer === undefined) throw new Problem(404, `There is no job '${job.slice(0, 80)}' on record`);
    if (answer.outcome === "conflict") throw new Problem(409, answer.message);
    return c.json({ job, forgotten_at: iso(answer.at) }, 200);
  });
}
