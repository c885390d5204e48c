// What requests may carry: path, query, headers and bodies as zod schemas that say what they expect.

import { z } from "@hono/zod-openapi";
import type { Context, Next } from "hono";
import { announcedLength, announcedType } from "../domain/http/announced_body.ts";
import { STATUS_WORDS, STATUSES } from "../domain/backup.ts";
import { LEVELS } from "../domain/policy.ts";
import { VERIFY_METHODS } from "../domain/verification/verify_settings.ts";
import { EVENT_TYPES } from "../ports/events.ts";
import type { ApiEnv } from "./deps.ts";
import {
  dryRun,
  filter,
  instant,
  MAX_TEXT,
  oneOf,
  onlyTrue,
  pathParam,
  plainText,
  query,
  someIds,
  someOf,
  someTimes,
  time,
  wholeNumber,
} from "./input_leaves.ts";
import { readBody } from "./limits.ts";
import { Problem } from "./problems.ts";

const jobFilter = filter(plainText("the name of a job", MAX_TEXT)).openapi({
  type: "string",
  description: "Only this job.",
});
const listRange = {
  since: time("Only those that started at or after this instant."),
  until: time("Only those that started before this instant."),
  limit: wholeNumber(1, 10_000, 1000, "Most rows in one answer."),
  cursor: filter(plainText("a cursor", MAX_TEXT)).openapi({
    type: "string",
    description: "From the 'next' link of the page before.",
  }),
};

/** Shown where a status stands, and asked for like one. */
export const SUSPECT = "suspect";

export const BackupsQuery = query({
  status: oneOf(
    [...STATUS_WORDS, SUSPECT],
    "Only this status: a word of 'status', or one of 'state' that is none of those; or suspect, as by that filter.",
  ),
  tag: oneOf(LEVELS, "Only backups that represent this level."),
  suspect: onlyTrue("Only those that wait to be accepted or rejected."),
  job: jobFilter,
  ...listRange,
});

export const RunsQuery = query({
  status: someOf(STATUSES, "Only these exact statuses."),
  job: jobFilter,
  trigger: oneOf(["schedule", "manual", "import"], "Only runs that this made."),
  ...listRange,
});

export const JobsQuery = query({
  enabled: z.preprocess(
    (value) => value === "" ? undefined : value === "true" ? true : value === "false" ? false : value,
    z.boolean({ error: "expected true or false" }).optional(),
  ).openapi({ type: "boolean", description: "Only jobs that are enabled, or only those that are not." }),
  limit: wholeNumber(1, 10_000, undefined, "Most jobs in one answer; all of them when absent."),
  cursor: listRange.cursor,
});

const retentionRows = {
  limit: wholeNumber(1, 10_000, undefined, "Most backups in one answer; all of them when absent."),
  decision: oneOf(["keep", "remove"], "Only those that stay, or only those that go."),
};
export const RetentionPageQuery = query({ ...retentionRows, cursor: listRange.cursor });
export const ApproveQuery = query(retentionRows);

export const EventsQuery = query({
  job: jobFilter,
  run: filter(plainText("a run id", MAX_TEXT)).openapi({ type: "string", description: "Only this run." }),
  type: someOf(EVENT_TYPES, "Only these types."),
  after: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    undefined,
    "Only events with a greater seq; the answer is then oldest first.",
  ),
  limit: wholeNumber(1, 10_000, 1000, "Most events in one answer."),
});

export const AuditQuery = query({
  after: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    undefined,
    "Only events with a greater number in the chain; the answer is then oldest first.",
  ),
  limit: wholeNumber(1, 10_000, 1000, "Most events in one answer."),
});

export const JobQuery = query({ job: jobFilter });
export const AcceptQuery = query({
  job: jobFilter,
  damaged: onlyTrue("Also where its verification failed: it counts as if it were whole."),
});
export const VerifyQuery = query({
  job: jobFilter,
  method: oneOf(VERIFY_METHODS, "By what its provider proves it; as its job has it when absent."),
});
export const FilesQuery = query({
  job: jobFilter,
  path: filter(plainText("a folder of the backup", 4096)).openapi({
    type: "string",
    description: "A folder of the backup; its root when absent.",
  }),
  after: filter(plainText("the 'next' of a page", 4096)).openapi({
    type: "string",
    description: "The 'next' of the page before.",
  }),
  limit: wholeNumber(1, 1000, 100, "Most entries in one answer."),
});
export const RestoresQuery = query({ job: jobFilter, limit: wholeNumber(1, 1000, 100, "Most of them.") });
export const DaysQuery = query({
  from: filter(z.iso.date("expected a day such as 2026-11-20").transform((day) => Date.parse(day))).openapi({
    type: "string",
    format: "date",
    description: "The first day; 30 days, today included, when absent.",
  }),
});
export const DeparturesQuery = query({
  until: time("How far to look; a year when absent. At most 20 years."),
});

export const ForecastQuery = query({
  until: time("How far to look; to the last date of 'at', else a month, when absent. At most 20 years."),
  at: someTimes(100, "The dates to look at; a sensible few when absent."),
  policy: filter(plainText("a retention policy", 1000)).openapi({
    type: "string",
    description:
      "A retention policy to try out; what it does not name has its default, weeks start as the job's.",
    example: "daily=7,weekly=4@SAT",
  }),
  schedule: filter(plainText("5 to 7 cron fields", 1000)).openapi({
    type: "string",
    description: "A schedule to try out, in the job's time zone.",
    example: "0 0 * * * *",
  }),
});
export const LeavingQuery = query({
  forget: onlyTrue("Only forget it: no file of it is touched."),
  dry_run: dryRun("Only say what taking it out of the configuration would do."),
  storage: z.literal("gone").optional().openapi({
    description: "The caller says that where the job's backups were is no more, and answers for it.",
  }),
});
export const DryRunQuery = query({ dry_run: dryRun("Only elect; delete nothing.") });
export const PassQuery = query({ dry_run: dryRun("Only elect; delete nothing."), ...retentionRows });
export const CompactQuery = query({ dry_run: dryRun("Only say how much would be given back.") });
export const ImportQuery = query({
  dry_run: dryRun("Only say what would come in; take nothing in."),
  id: someIds(100, "Take in these, whosever they are, and nothing else."),
});
export const CheckQuery = query({ dry_run: dryRun("Also say what a backup made now would add; make none.") });

export const IdParam = pathParam("id", "the provider's id of a backup, or its run id");
export const RunParam = pathParam("run_id", "a run id");
export const ChannelParam = pathParam("channel", "the name of a channel");
export const OperationParam = pathParam("op", "the id of a restore");
export const JobParam = pathParam("job", "the name of a job");

export const IdempotencyHeader = z.object({
  "idempotency-key": plainText("a key", 255).optional().openapi({
    description: "Repeating a start with the same key starts nothing new.",
  }),
});

const unknownKeys = (names: string) => ({
  error: (issue: { code: string }) =>
    issue.code === "unrecognized_keys" ? `expected ${names}` : `expected an object with ${names}`,
});

export const PauseBody = z.strictObject({
  reason: plainText("a reason", 500).optional(),
  until: instant.optional().openapi({ type: "string", format: "date-time" }),
}, unknownKeys("reason, until")).openapi("Pause");

export const HoldBody = z.strictObject({
  reason: plainText("a reason", 500),
  owner: plainText("who wants it", 200).optional().openapi({ description: "Who asks, when absent." }),
  until: instant.optional().openapi({ type: "string", format: "date-time" }),
}, unknownKeys("reason, owner, until")).openapi("Hold");

export const FreezeBody = z.strictObject({
  reason: plainText("a reason", 500),
  owner: plainText("who wants it", 200).optional().openapi({ description: "Who asks, when absent." }),
  until: instant.optional().openapi({ type: "string", format: "date-time" }),
}, unknownKeys("reason, owner, until")).openapi("Freeze");

export const SnapshotBody = z.strictObject({
  path: plainText("an absolute path", 4096).refine(
    (path) => path.startsWith("/"),
    "expected an absolute path",
  ),
}, unknownKeys("path")).openapi("SnapshotOrder");

export const VerifyBody = z.strictObject({
  head: plainText("NUMBER:DIGEST, or a digest", 100).optional(),
}, unknownKeys("head")).openapi("VerifyOrder");

export const MigrateBody = z.strictObject({
  path: plainText("an absolute path", 4096).refine(
    (path) => path.startsWith("/"),
    "expected an absolute path",
  ),
}, unknownKeys("path")).openapi("MigrateOrder");

export const UnlockBody = z.strictObject({
  locks: z.array(plainText("the id of a lock", 200)).min(1).max(100),
}, unknownKeys("locks")).openapi("Unlock");

export const RestoreBody = z.strictObject({
  target: plainText("an absolute folder", 4096).refine(
    (path) => path.startsWith("/"),
    "expected an absolute folder",
  ),
  include: z.array(
    plainText("a path of the backup", 4096).refine(
      (path) => path.trim() !== "",
      "expected a path of the backup",
    ),
  ).max(1000).default([]),
  dry_run: z.boolean().default(false),
  overwrite: z.boolean().default(false).openapi({
    description: "Also into a folder that is not empty: files of the same path are replaced, others stay.",
  }),
  any_owner: z.boolean().default(false).openapi({ description: "Owners that are lost are no failure." }),
}, unknownKeys("target, include, dry_run, overwrite, any_owner")).openapi("RestoreOrder");

export const ApproveBody = z.strictObject({
  digest: plainText("the digest of GET /jobs/{job}/retention", 200),
}, unknownKeys("digest")).openapi("Approval");

/**
 * Reads the body of the endpoints that take one, and of no others: an empty one is `{}`, anything else must be JSON
 * and say so, which is looked at before any of it is read.
 */
export async function readJson(c: Context<ApiEnv>, next: Next): Promise<void> {
  const { headers, method, url } = c.req.raw;
  const type = announcedType(headers);
  const refusal = type === "application/json" ? undefined : notJson(type);
  const length = announcedLength(headers);
  // In chunks nothing may come as well; what names another type means to send something.
  const isSomething = length === "unknown" ? type !== undefined : length > 0;
  if (refusal !== undefined && isSomething) throw refusal;
  let body = new TextDecoder().decode(await readBody(c, refusal));
  if (body.trim() === "") body = "{}";
  try {
    JSON.parse(body);
  } catch (error) {
    throw new Problem(400, `Cannot read the body as JSON: ${(error as Error).message}`);
  }
  const read = new Headers(headers);
  read.set("content-type", "application/json");
  c.req.raw = new Request(url, { method, headers: read, body });
  c.req.bodyCache = {};
  await next();
}

function notJson(type: string | undefined): Problem {
  return new Problem(
    415,
    `Cannot read the body as ${
      type?.slice(0, 80) ?? "nothing in particular"
    }: expected 'Content-Type: application/json'`,
  );
}
