// Serves a backup host over HTTP: the provider protocol with all its extensions, /livez and /metrics.
//
// Answers: POST 202 (409 with the running id while busy, 412 for a lower fence, 422 for a used key with another
// body), GET 200, 404, 410 for deleted, DELETE 200, 202 while a cancel is still ending, 404, 410; verifications and
// restores 202 (409 while another one is at work). Nothing is read of a
// body before its sender is let in, path, method and headers fit, and it is one that can be taken.

import { mustHangUp } from "../../domain/http/announced_body.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupHost } from "../host/backup_host.ts";
import { failed, notAllowed, problem, text } from "./answers.ts";
import { serveAll, serveOne } from "./backups.ts";
import { isBodyRead } from "./bodies.ts";
import { type ProviderAuth, refuseCaller } from "./callers.ts";
import { furtherCall, serveFurther } from "./further_calls.ts";
import type { HostName } from "./stray_calls.ts";
import { renderMetrics } from "./metrics.ts";

interface ProviderHandlerOptions {
  /** Where the backups are; default `/backups`. */
  path?: string;
  /** Callers must show one of these; absent: everybody may call but the pages of strangers in a browser here. */
  auth?: ProviderAuth;
  /** Names beside addresses, private ones and those without a dot under which callers without `auth` reach it. */
  hostnames?: readonly string[];
  /** Which host it is on. Absent: calls for whatever host are taken. */
  hostName?: HostName;
  clock: Clock;
}

type Handler = (request: Request) => Promise<Response>;

/** Never rejects. `/livez` is open to everybody; it tells nothing. */
export function createProviderHandler(host: BackupHost, options: ProviderHandlerOptions): Handler {
  const { auth, clock, hostName } = options;
  const base = options.path ?? "/backups";
  const ours = new Set(options.hostnames?.map((name) => name.toLowerCase()));

  async function route(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname;
    if (path === "/livez") return text(200, "ok\n");
    const refusal = refuseCaller(request, auth, ours) ?? await hostName?.refuse(request);
    if (refusal !== undefined) return refusal;
    if (path === "/metrics") return serveMetrics(host, request);
    if (path === base) return await serveAll(host, clock, request, url.searchParams.get("run_id"));
    const further = path.startsWith(`${base}/`) ? furtherCall(path.slice(base.length + 1)) : undefined;
    if (further !== undefined) return await serveFurther(host, clock, request, further);
    if (path.startsWith(`${base}/`)) return await serveOne(host, clock, request, path.slice(base.length + 1));
    return problem(404, `Nothing is at '${path}': the backups are at '${base}'`);
  }

  return async (request) => {
    const answer = await route(request).catch(failed);
    // What is left of a body must not be taken for the next request.
    if (mustHangUp(request.headers, isBodyRead(request, answer))) answer.headers.set("Connection", "close");
    return request.method === "HEAD" ? new Response(null, answer) : answer;
  };
}

function serveMetrics(host: BackupHost, request: Request): Response {
  const isGet = request.method === "GET" || request.method === "HEAD";
  return isGet ? text(200, renderMetrics(host.totals())) : notAllowed(request, "GET, HEAD");
}
