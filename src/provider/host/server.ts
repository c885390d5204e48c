// Serves a backup host over HTTP: the provider protocol with all its extensions, /livez and /metrics.
//
// Answers: POST 202 (409 with the running id while busy, 412 for a lower fence, 422 for a used key with another
// body), GET 200, 404, 410 for deleted, DELETE 200, 202 while a cancel is still ending, 404, 410. Nothing is read of a
// body before its sender is let in, path, method and headers fit, and it is one that can be taken.

import { announcedLength, announcedType, mustHangUp } from "../../domain/http/announced_body.ts";
import { ProviderError } from "../../domain/errors.ts";
import { foreignHost, foreignPage } from "../../domain/http/foreign_page.ts";
import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupHost } from "./backup_host.ts";
import { BusyError } from "./start_refusals.ts";
import { readCallHeaders, writeCapabilities } from "../protocol/call_headers.ts";
import { HEADERS, idProblem, MAX_LIST, toWire } from "../protocol/protocol.ts";
import { type ReadBody, readJsonBody } from "../protocol/request_body.ts";

export interface ProviderHandlerOptions {
  /** Where the backups are; default `/backups`. */
  path?: string;
  /** Callers must show one of these; absent: everybody may call but the pages of strangers in a browser here. */
  auth?: ProviderAuth;
  /** Names beside addresses, private ones and those without a dot under which callers without `auth` reach it. */
  hostnames?: readonly string[];
  clock: Clock;
}

export type ProviderAuth = { bearer: string } | { header: string; value: string };

type Handler = (request: Request) => Promise<Response>;

/** Never rejects. `/livez` is open to everybody; it tells nothing. */
export function createProviderHandler(host: BackupHost, options: ProviderHandlerOptions): Handler {
  const base = options.path ?? "/backups";
  const ours = new Set(options.hostnames?.map((name) => name.toLowerCase()));

  async function route(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, "") : url.pathname;
    if (path === "/livez") return text(200, "ok\n");
    const foreign = options.auth === undefined ? foreignProblem(request, ours) : undefined;
    if (foreign !== undefined) return foreign;
    if (!mayCall(request, options.auth)) {
      const answer = problem(401, "Cannot serve this call: it has no valid credentials of this provider");
      if (options.auth !== undefined && "bearer" in options.auth) {
        answer.headers.set("WWW-Authenticate", "Bearer");
      }
      return answer;
    }
    if (path === "/metrics") return only(request, "GET") ?? text(200, metrics(host));
    if (path === base) return await collection(request, url);
    if (path.startsWith(`${base}/`)) return await one(request, path.slice(base.length + 1));
    return problem(404, `Nothing is at '${path}': the backups are at '${base}'`);
  }

  async function collection(request: Request, url: URL): Promise<Response> {
    switch (request.method) {
      case "OPTIONS":
        return new Response(null, {
          status: 204,
          headers: {
            [HEADERS.capabilities]: writeCapabilities(await host.capabilities()),
            Allow: "GET, HEAD, OPTIONS, POST",
          },
        });
      case "GET":
      case "HEAD":
        return json(200, await listed(url.searchParams.get("run_id")));
      case "POST":
        return await create(request);
      default:
        return notAllowed(request, "GET, HEAD, OPTIONS, POST");
    }
  }

  async function listed(runId: string | null): Promise<unknown> {
    if (runId !== null) {
      const backup = await host.lookup(runId);
      return backup === undefined ? [] : [toWire(backup)];
    }
    const all = await host.list();
    // The newest are those that matter most; the protocol's client reads no more.
    return all.slice(-MAX_LIST).map(toWire);
  }

  async function create(request: Request): Promise<Response> {
    const headers = readCallHeaders(request.headers);
    if (!headers.ok) return problem(400, headers.problem);
    const body = await bodyOf(request);
    if (!body.ok) return problem(body.status, body.problem);
    const { backup } = await host.start({ ...headers.call, body: body.value });
    return json(202, toWire(backup));
  }

  /** What says that it is no JSON is refused unread. The original's callers say nothing of the kind. */
  async function bodyOf(request: Request): Promise<ReadBody> {
    const type = announcedType(request.headers);
    const isOther = type !== undefined && type !== "application/json";
    if (isOther && announcedLength(request.headers) !== 0) return notJson(type);
    const body = await readJsonBody(request, options.clock);
    // Over HTTP/2 nothing need announce it.
    return isOther && body.ok && body.value !== undefined ? notJson(type) : body;
  }

  async function one(request: Request, segment: string): Promise<Response> {
    const id = decode(segment);
    if (id === undefined || idProblem(id) !== undefined) {
      return problem(404, `No backup has the id '${segment.slice(0, 100)}'`);
    }
    switch (request.method) {
      case "GET":
      case "HEAD": {
        const answer = await host.get(id);
        if (answer.found === "yes") return json(200, toWire(answer.backup));
        return answer.found === "gone" ? gone(id) : unknown(id);
      }
      case "DELETE":
        return await remove(request, id);
      default:
        return notAllowed(request, "DELETE, GET, HEAD");
    }
  }

  async function remove(request: Request, id: string): Promise<Response> {
    const headers = readCallHeaders(request.headers);
    if (!headers.ok) return problem(400, headers.problem);
    const body = await bodyOf(request);
    if (!body.ok) return problem(body.status, body.problem);
    switch (await host.remove(id, body.value as Json | undefined, headers.call.fence)) {
      case "deleted":
        return json(200, { id, status: "deleted", message: "deleted" });
      case "accepted":
        return json(202, { id, status: "running", message: "being cancelled" });
      case "gone":
        return gone(id);
      case "absent":
        return unknown(id);
    }
  }

  return async (request) => {
    const answer = await route(request).catch(failed);
    // What is left of a body must not be taken for the next request.
    if (mustHangUp(request.headers, isRead(request, answer))) answer.headers.set("Connection", "close");
    return request.method === "HEAD" ? new Response(null, answer) : answer;
  };
}

/** Whether the body was read to its end. */
function isRead(request: Request, { status }: Response): boolean {
  return request.bodyUsed && status !== 408 && status !== 413;
}

function notJson(type: string): ReadBody {
  const shown = type.slice(0, 80);
  return {
    ok: false,
    status: 415,
    problem: `Cannot read the body as ${shown}: expected 'Content-Type: application/json', or none`,
  };
}

function failed(error: unknown): Response {
  // Not foreseen: a bug of ours or of a Backuper. What happened to the call is unknown.
  if (!(error instanceof ProviderError)) {
    return problem(500, `This provider failed: ${(error as Error).message}`);
  }
  const answer = problem(error.status ?? 500, error.message, error instanceof BusyError ? error.id : null);
  if (error.retryAfterMs !== undefined) {
    answer.headers.set("Retry-After", String(Math.ceil(error.retryAfterMs / 1000)));
  }
  return answer;
}

/** What a page of a stranger is answered, whose browser reaches this provider: 421 for its name, 403 for its origin. */
function foreignProblem(request: Request, ours: ReadonlySet<string>): Response | undefined {
  const host = foreignHost(request, ours);
  if (host !== undefined) {
    return problem(
      421,
      `The host '${host}' is not one of this provider's names: without a token expected an IP address, a name ` +
        "without a dot, or the host it listens on; or let callers show a token",
    );
  }
  const page = foreignPage(request);
  if (page === undefined) return undefined;
  return problem(403, `A page of '${page}' may not ask this: only a program may`);
}

function mayCall(request: Request, auth: ProviderAuth | undefined): boolean {
  if (auth === undefined) return true;
  if ("bearer" in auth) return isSame(request.headers.get("Authorization") ?? "", `Bearer ${auth.bearer}`);
  return isSame(request.headers.get(auth.header) ?? "", auth.value);
}

/** Takes as long for a wrong secret as for a right one. */
function isSame(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  const [a, b] = [encoder.encode(given), encoder.encode(expected)];
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ b[i]!;
  return difference === 0;
}

function metrics(host: BackupHost): string {
  const { running, ...totals } = host.totals();
  const lines = [
    "# HELP schelly_provider_backups_running Backups being made now.",
    "# TYPE schelly_provider_backups_running gauge",
    `schelly_provider_backups_running ${running}`,
    "# HELP schelly_provider_backups_total Backups by what became of them, since this program started.",
    "# TYPE schelly_provider_backups_total counter",
    ...Object.entries(totals).map(([status, count]) =>
      `schelly_provider_backups_total{status="${status}"} ${count}`
    ),
  ];
  return lines.join("\n") + "\n";
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function only(request: Request, method: string): Response | undefined {
  return request.method === method || request.method === "HEAD"
    ? undefined
    : notAllowed(request, `${method}, HEAD`);
}

function notAllowed(request: Request, allow: string): Response {
  const answer = problem(405, `Cannot serve ${request.method} here: expected one of ${allow}`);
  answer.headers.set("Allow", allow);
  return answer;
}

function unknown(id: string): Response {
  return problem(404, `No backup has the id '${id.slice(0, 100)}'`, id);
}

function gone(id: string): Response {
  return problem(410, `Backup '${id.slice(0, 100)}' was deleted`, id);
}

function problem(status: number, error: string, id: string | null = null): Response {
  return json(status, id === null ? { error } : { error, id });
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value) + "\n", {
    status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

function text(status: number, value: string): Response {
  return new Response(value, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
