// The front door of the API: checks common to all requests, then the resources.

import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, Next } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { matchedRoutes } from "hono/route";
import { mustHangUp } from "../domain/http/announced_body.ts";
import { answeredEvent, isRefusal } from "../domain/http/answered.ts";
import { assert } from "../domain/errors.ts";
import { iso } from "../domain/instant.ts";
import type { Identity } from "../ports/door.ts";
import type { PeerInfo } from "../ports/host.ts";
import { secured } from "./secured.ts";
import { addAudit } from "./audit.ts";
import { accessOf, accessOfNothing, demand } from "./auth.ts";
import { addBackups } from "./backups.ts";
import { addBasePath, routePath } from "./base_path.ts";
import { addCallers } from "./callers.ts";
import { addCoverage } from "./coverage.ts";
import { addDepartures } from "./departures.ts";
import type { ApiDeps, ApiEnv } from "./deps.ts";
import { type ApiDoor, createDoor } from "./door.ts";
import { addForget } from "./forget.ts";
import { addHolds } from "./holds.ts";
import { addJobDays } from "./job_days.ts";
import { addJobFiles } from "./job_files.ts";
import { addJobs } from "./jobs.ts";
import { addLocks } from "./locks.ts";
import { refuseLongBodies, refuseOversized } from "./limits.ts";
import { addOps } from "./ops.ts";
import { addNotify } from "./notify.ts";
import { addRecovery } from "./recovery.ts";
import { addStatus } from "./status.ts";
import { fromIssues, Problem, problemOf, problemResponse, toProblem } from "./problems.ts";
import { addRestores } from "./restores.ts";
import { addRetention } from "./retention.ts";
import { addRuns } from "./runs.ts";
import { refuseChanges } from "./standby.ts";
import { addState } from "./state.ts";
import { addSuspects } from "./suspects.ts";
import { addVerifications } from "./verifications.ts";
import { keepVisit } from "./visits.ts";

export type { ApiDeps } from "./deps.ts";
export type { Auth } from "./auth.ts";
export { createDoor } from "./door.ts";
export { readWhole } from "./limits.ts";

/** From request to answer; it never rejects. */
type Answerer = (
  request: Request,
  peer: PeerInfo,
  /** Who asks, where that was found out before: by the page, for whoever is logged in there. */
  vouched?: Identity,
) => Promise<Response>;

/** The REST API. */
export function createApi(deps: ApiDeps, door: ApiDoor = createDoor(deps)): Answerer {
  const base = () => deps.basePath?.() ?? "";
  const api = new OpenAPIHono<ApiEnv>({
    getPath: (request) => routePath(base(), request),
    defaultHook: async (result, c) => {
      if (!result.success) throw fromIssues(result.target, result.error.issues, await sent(result.target, c));
    },
  });

  api.onError((error) => problemResponse(toProblem(error)));
  api.notFound((c) =>
    problemResponse(new Problem(404, `There is nothing at ${c.req.path.slice(0, 200)}: see /`))
  );

  api.use(tell(deps));
  api.use(refuseOversized);
  api.use(refuseBrokenPaths);
  api.use(methodNotAllowed({ app: api, onMethodNotAllowed }));
  api.use(async (c, next) => {
    const route = ruleName(c);
    const auth = deps.auth();
    const access = route === undefined
      ? accessOfNothing(c.req.path, auth)
      : accessOf(route, c.req.query("verbose") !== undefined, auth);
    assert(access !== undefined, `every endpoint has a rule for access, ${route} too`);
    const request = c.req.raw;
    if (access === "open") {
      c.set("caller", null);
      return await next();
    }
    const identity = c.env.vouched ?? await door.identify(request, c.env.peer);
    c.set("identity", identity);
    c.set("caller", identity.caller);
    if (identity.refusal !== undefined) throw problemOf(identity.refusal);
    demand(access, identity.caller, auth, request);
    await next();
  });
  api.use(refuseChanges(deps, ruleName));
  api.use(refuseLongBodies);

  addOps(api, deps);
  addStatus(api, deps);
  addRecovery(api, deps);
  addNotify(api, deps);
  addCallers(api, deps, door.uses);
  addBackups(api, deps);
  addSuspects(api, deps);
  addVerifications(api, deps);
  addRestores(api, deps);
  addHolds(api, deps);
  addRuns(api, deps);
  addJobs(api, deps);
  addJobFiles(api, deps);
  addRetention(api, deps);
  addForget(api, deps);
  addLocks(api, deps);
  addCoverage(api, deps);
  addJobDays(api, deps);
  addDepartures(api, deps);
  addState(api, deps);
  addAudit(api, deps);

  return async (request, peer, vouched) => {
    try {
      return await api.fetch(request, { peer, clock: deps.clock, ...(vouched && { vouched }) });
    } catch (error) {
      return secured(problemResponse(toProblem(error)), request.url);
    }
  };
}

/** The endpoint a request leads to, as `GET /backups/{id}`; undefined when there is none. */
function ruleName(c: Context): string | undefined {
  const route = matchedRoutes(c).findLast((matched) => matched.method !== "ALL");
  return route && `${route.method} ${route.path.replaceAll(/:([^/]+)/g, "{$1}")}`;
}

/** What was sent to the part of a request that did not fit its schema. */
function sent(target: string, c: Context): Promise<unknown> | unknown {
  switch (target) {
    case "query": {
      const values = Object.entries(c.req.queries());
      return Object.fromEntries(values.map(([name, all]) => [name, all.length === 1 ? all[0] : all]));
    }
    case "param":
      return c.req.param();
    case "header":
      return c.req.header();
    default:
      return c.req.json();
  }
}

/** Tells of each request in one event, and puts the headers of every answer on it. */
function tell({ basePath, clock, sink, visits }: ApiDeps) {
  return async (c: Context<ApiEnv>, next: Next): Promise<void> => {
    const started = clock.monotonic();
    await next();
    const { status } = secured(c.res, c.req.url);
    addBasePath(basePath?.() ?? "", c.res.headers);
    if (mustHangUp(c.req.raw.headers, c.get("isBodyRead") === true)) c.res.headers.set("connection", "close");
    const route = ruleName(c)?.split(" ")[1] ?? "none";
    const method = c.req.method;
    // The reader of the log is the one who can fix a bug; the caller was told nothing of it.
    const bug: Record<string, string> = status === 500 ? { error: c.error?.stack ?? String(c.error) } : {};
    sink.emit(answeredEvent(clock, started, { method, path: c.req.path, route, status }, {
      isFlood: c.get("identity")?.isFlood === true,
      data: {
        caller: c.get("caller")?.name ?? null,
        // Of whom nothing else is known.
        ...(isRefusal(status) ? { remote: c.env.peer.remote, ...claimOf(c.get("identity")) } : {}),
        ...bug,
      },
    }));
    if (visits !== undefined) await keepVisit(visits, c, route, isRefusal(status));
  };
}

/** Whom a refused request named, and that their token has expired: the caller is told neither. */
function claimOf({ caller, claimed, expires }: Partial<Identity> = {}): Record<string, string> {
  if (caller !== null || claimed === undefined) return {};
  return expires === undefined ? { claimed } : { claimed, expired: iso(expires) };
}

/** Refuses paths that are not percent-encoded UTF-8, before anything is looked up by half of one. */
async function refuseBrokenPaths(c: Context, next: Next): Promise<void> {
  try {
    decodeURIComponent(new URL(c.req.url).pathname);
  } catch {
    throw new Problem(
      400,
      "Cannot read the path as it is not percent-encoded UTF-8: write a '%' of an id as '%25'",
    );
  }
  await next();
}

function onMethodNotAllowed(c: Context, methods: string[]): Response {
  const allow = methods.join(", ");
  return problemResponse(
    new Problem(
      405,
      `${c.req.method} is not possible at ${c.req.path.slice(0, 200)}: expected ${allow}`,
      {},
      { allow },
    ),
  );
}
