// POST, PUT and DELETE /jobs/{job}: jobs that callers write, replace and take out, each a file in the folder of jobs_dir.

import { createRoute, z } from "@hono/zod-openapi";
import type { Context, Next } from "hono";
import { announcedType } from "../domain/http/announced_body.ts";
import { JobEditView } from "../ports/views/job_edit.ts";
import type { JobEditOutcome, JobWish } from "../ports/job_edits.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps, ApiEnv } from "./deps.ts";
import { dryRun, plainText, query } from "./input_leaves.ts";
import { JobParam } from "./inputs.ts";
import { readBody } from "./limits.ts";
import { Problem } from "./problems.ts";

const JSON_TYPE = "application/json";
const YAML_TYPES: readonly string[] = ["application/yaml", "application/x-yaml", "text/yaml"];

const tag = (what: string) => plainText("an entity tag", 1000).optional().openapi({ description: what });
/** What is said of the file that is replaced. */
export const ConditionHeaders = z.object({
  "if-match": tag("Only while the file of the job is this one: its ETag, or * for any."),
  "if-none-match": tag("* : only while there is no such file."),
});

const EditQuery = query({ dry_run: dryRun("Only say what it would do, backups that would go among it.") });

const JobBody = z.looseObject({}).openapi("JobSettings", {
  description: "The settings of a job, as below `jobs` in the configuration; its name may be left out.",
});

const body = {
  required: true,
  content: {
    [JSON_TYPE]: { schema: JobBody },
    "application/yaml": {
      schema: z.string().openapi({ description: "The file as it is to be: 'jobs' with this one job." }),
    },
  },
};

const HOW =
  "Only where jobs_dir names a folder that the server may write to, and over TCP only with a token (403): there a job may " +
  "merely name a provider of the configuration, and has no hook, ping, file or ${variable} of its own (422). The whole " +
  "configuration is judged with it first (422), the file is written by rename, and the answer comes after the one reload " +
  "that takes it over; where that is refused, the file is put back (409). 409 as well for a job that is written in another " +
  "file. The settings come as JSON, or as the YAML text of the file, which is kept as it is.";

const create = createRoute({
  method: "post",
  path: "/jobs/{job}",
  summary: "Create a job",
  description: `409 where there is one of this name. ${HOW}`,
  tags: ["jobs"],
  middleware: readJob,
  request: { params: JobParam, query: EditQuery, body },
  responses: {
    200: json(JobEditView, "With dry_run: what it would do."),
    201: json(JobEditView, "It is in force; its ETag is in the header."),
    ...problems(400, 409, 413, 415, 422),
  },
});

const put = createRoute({
  method: "put",
  path: "/jobs/{job}",
  summary: "Create or replace a job",
  description:
    `With If-Match or If-None-Match only while the file is the one that was looked at (412). ${HOW}`,
  tags: ["jobs"],
  middleware: readJob,
  request: { params: JobParam, query: EditQuery, headers: ConditionHeaders, body },
  responses: {
    200: json(JobEditView, "It is in force, or with dry_run: what it would do; its ETag is in the header."),
    201: json(JobEditView, "There was none, and it is in force."),
    ...problems(400, 409, 412, 413, 415, 422),
  },
});

const show = createRoute({
  method: "get",
  path: "/jobs/{job}/file",
  summary: "The file of a job in jobs_dir",
  description: "As it is, with its ETag. 404 for a job that is written elsewhere.",
  tags: ["jobs"],
  request: { params: JobParam },
  responses: {
    200: { description: "The file.", content: { "application/yaml": { schema: z.string() } } },
    ...problems(404),
  },
});

/** Adds the routes; that of DELETE is of forgetting, too. */
export function addJobFiles(api: Api, { operations }: ApiDeps): void {
  api.openapi(create, async (c) => {
    const { job } = c.req.valid("param");
    const dryRun = c.req.valid("query").dry_run ?? false;
    const wish = await wishOf(c);
    const { view, created } = doneOr(
      await operations.putJob(job, c.get("caller")!, { wish, create: true, dryRun }),
    );
    return c.json(view, created ? 201 : 200, tagOf(view));
  });

  api.openapi(put, async (c) => {
    const { job } = c.req.valid("param");
    const dryRun = c.req.valid("query").dry_run ?? false;
    const condition = conditionOf(c.req.valid("header"));
    const wish = await wishOf(c);
    const { view, created } = doneOr(
      await operations.putJob(job, c.get("caller")!, { wish, create: false, dryRun, ...condition }),
    );
    return c.json(view, created ? 201 : 200, tagOf(view));
  });

  api.openapi(show, async (c) => {
    const found = await operations.jobFile(c.req.valid("param").job);
    if (found.outcome !== "done") throw new Problem(404, found.message);
    return c.body(found.text, 200, { "content-type": "application/yaml; charset=utf-8", etag: found.etag });
  });
}

/** What the headers say of what is replaced. */
export function conditionOf(headers: z.infer<typeof ConditionHeaders>) {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = headers;
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}

/** The outcome of an edit that was made, or planned; throws the problem of any other. */
export function doneOr(outcome: JobEditOutcome): JobEditOutcome & { outcome: "done" } {
  switch (outcome.outcome) {
    case "done":
      return outcome;
    case "invalid":
      throw new Problem(422, outcome.message, {
        errors: outcome.problems.slice(0, 20).map((message) => ({ field: "job", message })),
      });
    default: {
      const status = { refused: 403, conflict: 409, precondition: 412, none: 404 }[outcome.outcome];
      throw new Problem(status, outcome.message);
    }
  }
}

/** The ETag of what is there now; none for nothing. */
function tagOf({ etag }: JobEditView): Record<string, string> {
  return etag === null ? {} : { etag };
}

/** Reads the body of a job, JSON or YAML, and refuses by its announced type alone what is neither. */
async function readJob(c: Context<ApiEnv>, next: Next): Promise<void> {
  const { headers, method, url } = c.req.raw;
  const type = announcedType(headers);
  if (type !== JSON_TYPE && (type === undefined || !YAML_TYPES.includes(type))) {
    throw new Problem(
      415,
      `Cannot read the body as ${
        type?.slice(0, 80) ?? "nothing in particular"
      }: expected 'Content-Type: application/json', or application/yaml`,
    );
  }
  const bytes = await readBody(c);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (type === JSON_TYPE) JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `Cannot read the body as ${type}: ${(error as Error).message}`);
  }
  const read = new Headers(headers);
  read.set("content-type", type === JSON_TYPE ? JSON_TYPE : YAML_TYPES[0]!);
  c.req.raw = new Request(url, { method, headers: read, body: text });
  c.req.bodyCache = {};
  await next();
}

async function wishOf(c: Context): Promise<JobWish> {
  const text = await c.req.text();
  return announcedType(c.req.raw.headers) === JSON_TYPE
    ? { kind: "settings", settings: JSON.parse(text) }
    : { kind: "text", text };
}
