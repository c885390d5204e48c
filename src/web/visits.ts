// Tells the log and the audit trail of what was asked of the page.

import type { Context } from "hono";
import { matchedRoutes } from "hono/route";
import { answeredEvent, isRefusal } from "../domain/http/answered.ts";
import type { Identity } from "../ports/door.ts";
import type { Visit } from "../ports/visits.ts";
import type { WebEnv, WebParts } from "./deps.ts";

/** Tells of one request that came in at `started`. */
export function tellAnswered(
  c: Context<WebEnv>,
  { clock, sink, visits }: WebParts,
  started: number,
  error: Error | undefined,
): void {
  const { status } = c.res;
  const { path, method } = c.req;
  const route = routeOf(c);
  const identity = c.get("identity");
  const data = {
    caller: identity?.caller?.name ?? null,
    ...(isRefusal(status) ? { remote: c.env.peer.remote } : {}),
    ...(identity?.caller === null && identity.claimed !== undefined ? { claimed: identity.claimed } : {}),
    ...(status === 500 ? { error: error?.stack ?? String(error) } : {}),
  };
  sink.emit(
    answeredEvent(clock, started, { method, path, route, status }, {
      isFlood: identity?.isFlood === true,
      data,
    }),
  );
  if (isRefusal(status)) visits.refused(visitOf(c, identity, status));
  else if (identity?.by === "password" || identity?.by === "proxy") {
    visits.loggedIn(visitOf(c, identity, status));
  }
}

/** One request as the audit trail has it; `identity` undefined: nobody. */
export function visitOf(c: Context<WebEnv>, identity: Identity | undefined, status: number): Visit {
  const caller = identity?.caller ?? null;
  return {
    caller: caller?.name ?? null,
    ...(caller === null && identity?.claimed !== undefined ? { claimed: identity.claimed } : {}),
    role: caller?.role ?? null,
    remote: c.env.peer.remote,
    method: c.req.method,
    route: routeOf(c),
    path: c.req.path.slice(0, 200),
    status,
  };
}

/** `/ui/jobs/{job}`; `none` where there is no such page. */
function routeOf(c: Context<WebEnv>): string {
  const route = matchedRoutes(c).findLast((matched) => matched.method !== "ALL");
  return route === undefined ? "none" : route.path.replaceAll(/:([^/{]+)/g, "{$1}");
}
