// /backups/{id}/hold and /freeze: what keeps one backup, or everything, from being deleted.

import { createRoute } from "@hono/zod-openapi";
import { iso } from "../domain/instant.ts";
import type { FreezeState } from "../ports/operations.ts";
import { BackupView } from "../ports/views/backup.ts";
import { FreezeView } from "../ports/views/freeze.ts";
import { json, problems } from "./answers.ts";
import { findBackup } from "./backups.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { FreezeBody, HoldBody, IdParam, JobQuery, readJson } from "./inputs.ts";
import { Problem } from "./problems.ts";
import { endToCome } from "./until.ts";
import { backupView } from "./views.ts";

const hold = createRoute({
  method: "put",
  path: "/backups/{id}/hold",
  summary: "Hold a backup",
  description:
    "Nothing deletes it until the hold is released or ends; a deletion that was not sent yet is taken " +
    "back. A backup that is still being made is not cancelled either. Saying it again changes reason, owner and " +
    "end; an earlier end needs the role admin.",
  tags: ["backups"],
  middleware: readJson,
  request: {
    params: IdParam,
    query: JobQuery,
    body: { required: true, content: { "application/json": { schema: HoldBody } } },
  },
  responses: { 200: json(BackupView, "It is held."), ...problems(400, 404, 409, 413, 415) },
});

const release = createRoute({
  method: "delete",
  path: "/backups/{id}/hold",
  summary: "Release a backup",
  description:
    "The next pass of retention decides about it as about any other. Saying it again changes nothing.",
  tags: ["backups"],
  request: { params: IdParam, query: JobQuery },
  responses: { 200: json(BackupView, "It is not held."), ...problems(400, 404, 409) },
});

const showFreeze = createRoute({
  method: "get",
  path: "/freeze",
  summary: "Whether deletions are frozen",
  tags: ["retention"],
  responses: { 200: json(FreezeView, "The freeze."), ...problems() },
});

const freeze = createRoute({
  method: "put",
  path: "/freeze",
  summary: "Freeze all deletions",
  description:
    "No DELETE of any job is sent from now on, cancels included; backups go on. The answer names what a " +
    "DELETE is on the wire for. Saying it again changes reason, owner and end; an earlier end needs the role admin.",
  tags: ["retention"],
  middleware: readJson,
  request: { body: { required: true, content: { "application/json": { schema: FreezeBody } } } },
  responses: { 200: json(FreezeView, "Deletions are frozen."), ...problems(400, 413, 415) },
});

const unfreeze = createRoute({
  method: "delete",
  path: "/freeze",
  summary: "Let deletions go on",
  description: "Saying it again changes nothing.",
  tags: ["retention"],
  responses: { 200: json(FreezeView, "Deletions are not frozen."), ...problems() },
});

/** Adds the routes of holds and the freeze. */
export function addHolds(api: Api, { reads, operations, watch }: ApiDeps): void {
  api.openapi(hold, async (c) => {
    const { reason, owner, until } = c.req.valid("json");
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const wanted = { reason, owner, until: endToCome(watch, until) };
    const answer = await operations.holdBackup(run, wanted, c.get("caller")!);
    if (answer.outcome !== "done") {
      throw new Problem(answer.outcome === "forbidden" ? 403 : 409, answer.message);
    }
    return c.json(backupView(answer.run), 200);
  });

  api.openapi(release, async (c) => {
    const run = await findBackup(reads, c.req.valid("param").id, c.req.valid("query").job);
    const answer = await operations.releaseBackup(run, c.get("caller")!);
    if (answer.outcome !== "done") throw new Problem(409, answer.message);
    return c.json(backupView(answer.run), 200);
  });

  api.openapi(showFreeze, async (c) => c.json(freezeView(await operations.freezeState()), 200));

  api.openapi(freeze, async (c) => {
    const { reason, owner, until } = c.req.valid("json");
    const wanted = { reason, owner, until: endToCome(watch, until) };
    const answer = await operations.freeze(wanted, c.get("caller")!);
    if (answer.outcome === "forbidden") throw new Problem(403, answer.message);
    return c.json(freezeView(answer.state), 200);
  });

  api.openapi(unfreeze, async (c) => c.json(freezeView(await operations.unfreeze(c.get("caller")!)), 200));
}

function freezeView({ freeze, onTheWire }: FreezeState): FreezeView {
  return {
    frozen: freeze !== null,
    reason: freeze?.reason ?? null,
    owner: freeze?.owner ?? null,
    since: iso(freeze?.at ?? null),
    until: iso(freeze?.until ?? null),
    on_the_wire: onTheWire.map((run) => ({ job: run.job, run_id: run.runId, id: run.id, state: run.status })),
  };
}
