// Tells the audit trail of what was asked: every change with its caller, refusals, and who logged in.

import type { Context } from "hono";
import type { Visit, Visits } from "../ports/visits.ts";
import type { ApiEnv } from "./deps.ts";

/** These change nothing, whatever their method says. */
const LOOKS: ReadonlySet<string> = new Set([
  "/jobs/{job}/check",
  "/jobs/{job}/locks",
  "/audit/verify",
]);

/** Keeps one request that was answered; `route` as `/backups/{id}`. */
export async function keepVisit(
  visits: Visits,
  c: Context<ApiEnv>,
  route: string,
  isRefusal: boolean,
): Promise<void> {
  const { req: { method }, res: { status } } = c;
  const caller = c.get("caller") ?? null;
  const { by, claimed } = c.get("identity") ?? {};
  const visit: Visit = {
    caller: caller?.name ?? null,
    ...(caller === null && claimed !== undefined ? { claimed } : {}),
    role: caller?.role ?? null,
    remote: c.env.peer.remote,
    method,
    route,
    path: c.req.path.slice(0, 200),
    status,
  };
  if (isRefusal) return visits.refused(visit);
  // A token is no person, and what asks for nothing is nobody's log-in.
  if (caller !== null && (by === "password" || by === "proxy")) visits.loggedIn(visit);
  const dryRun = c.req.query("dry_run");
  const isDry = dryRun === "" || dryRun === "true";
  const isChange = !["GET", "HEAD", "OPTIONS"].includes(method) && !LOOKS.has(route) && !isDry;
  if (isChange && status < 400) await visits.changed(visit);
}
