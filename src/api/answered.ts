// What every answer has and is told of, whoever made it.

import type { EngineEvent, EventLevel } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";

/** Nothing of ours is a page, may be shown in one, or may be kept: not by a browser, not by a proxy. */
const SECURE_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
/** Half a year, for this name alone. */
const STRICT_TRANSPORT = "max-age=15552000";

/** The same answer with the headers that every answer has. */
export function secured(answer: Response, url: string): Response {
  for (const [name, value] of Object.entries(SECURE_HEADERS)) answer.headers.set(name, value);
  if (url.startsWith("https:")) answer.headers.set("strict-transport-security", STRICT_TRANSPORT);
  return answer;
}

/** A request that was answered; `path` below the base path, `route` as `/backups/{id}`. */
interface Answered {
  method: string;
  path: string;
  route: string;
  status: number;
}

/** Tells of one request that came in at `started`, by the steady clock. */
export function answeredEvent(
  clock: Pick<Clock, "now" | "monotonic">,
  started: number,
  { method, path, route, status }: Answered,
  { isFlood, data }: { isFlood: boolean; data: { caller: string | null } & Record<string, string | null> },
): EngineEvent {
  return {
    type: "http.request",
    level: isFlood ? "debug" : levelOf(method, status),
    at: clock.now(),
    message: `${method} ${path.slice(0, 200)} was answered ${status}`,
    data: { method, route, status, duration_ms: clock.monotonic() - started, ...data },
  };
}

/** Reads are debug, changes and refusals to strangers are info, failures of ours stand out; a flood is told elsewhere. */
function levelOf(method: string, status: number): EventLevel {
  if (status >= 500) return status === 500 ? "error" : "warning";
  if (status === 429) return "debug";
  if (isRefusal(status)) return "info";
  return method === "GET" || method === "HEAD" ? "debug" : "info";
}

/** True where somebody may not, or has to show first who they are. */
export function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 421 || status === 429;
}
