// Answers probes without the API, which is loaded when somebody asks for more. A supervisor is answered sooner, and who is
// asked nothing else holds less in memory.

import type { PeerInfo, RequestHandler } from "../ports/host.ts";
import { announcedLength } from "../domain/http/announced_body.ts";
import { answeredEvent } from "../domain/http/answered.ts";
import { secured } from "./secured.ts";
import { routePath } from "./base_path.ts";
import type { Readiness } from "../ports/operations.ts";
import type { ApiDeps } from "./deps.ts";
import { isProbe } from "./standing.ts";

/** Of all names and values together, in characters; what has more is judged by the API. */
const MAX_HEADERS = 8 * 1024;

/**
 * Answers `GET` of `/livez`, `/readyz` and `/healthz` as the API does, and hands everything else to it, odd probes too.
 * `loadApi` is called at the first request that needs it, and again as long as it rejects.
 */
export function answerProbes(
  deps: Pick<ApiDeps, "basePath" | "clock" | "operations" | "sink">,
  loadApi: () => Promise<RequestHandler>,
): RequestHandler {
  let api: Promise<RequestHandler> | undefined;
  const rest = async (request: Request, peer: PeerInfo) => {
    api ??= loadApi();
    let handler: RequestHandler;
    try {
      handler = await api;
    } catch (error) {
      api = undefined;
      throw error;
    }
    return await handler(request, peer);
  };
  return async (request, peer) => {
    const path = routePath(deps.basePath?.() ?? "", request);
    if (request.method !== "GET" || !isProbe(request, path) || !isPlain(request)) return rest(request, peer);
    const started = deps.clock.monotonic();
    // Why it cannot be told is told by the API.
    const found = await answerOf(path, deps).catch(() => undefined);
    if (found === undefined) return rest(request, peer);
    const { answer, isUsual } = found;
    const asked = { method: "GET", path, route: path, status: answer.status };
    deps.sink.emit(
      answeredEvent(deps.clock, started, asked, { isFlood: false, isUsual, data: { caller: null } }),
    );
    return secured(answer, request.url);
  };
}

function isPlain({ headers }: Request): boolean {
  let length = 0;
  headers.forEach((value, name) => length += name.length + value.length);
  return length <= MAX_HEADERS && announcedLength(headers) === 0;
}

/** `isUsual`: a standby that is not ready is as it should be. */
async function answerOf(
  path: string,
  { operations }: Pick<ApiDeps, "operations">,
): Promise<{ answer: Response; isUsual: boolean }> {
  if (path === "/livez") {
    const headers = { "content-type": "text/plain; charset=UTF-8" };
    return { answer: new Response("ok\n", { headers }), isUsual: true };
  }
  const { body, status } = probeAnswer(path as "/readyz" | "/healthz", await operations.readiness(false));
  const headers = { "content-type": "application/json" };
  return {
    answer: new Response(JSON.stringify(body), { status, headers }),
    isUsual: body.role === "standby",
  };
}

/** A standby is not ready, so that callers are sent to the active one, and is well, so that nobody starts it again. */
export function probeAnswer(
  path: "/readyz" | "/healthz",
  { ready, isStandby = false }: Pick<Readiness, "ready" | "isStandby">,
): { body: { ready: boolean; role?: "standby" }; status: 200 | 503 } {
  const body = isStandby ? { ready, role: "standby" as const } : { ready };
  return { body, status: ready || (isStandby && path === "/healthz") ? 200 : 503 };
}
