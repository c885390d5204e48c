// The calls of the protocol on a host's backups: on all of them, and on one.

import type { Json } from "../../domain/job.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupHost } from "../host/backup_host.ts";
import { readCallHeaders, writeCapabilities } from "../protocol/call_headers.ts";
import { asksAnew, HEADERS, idProblem, MAX_LIST, toWire } from "../protocol/protocol.ts";
import { gone, json, notAllowed, problem, unknown } from "./answers.ts";
import { readCallBody } from "./bodies.ts";

/** A call on the backups as a whole; rejects as the host does. */
export async function serveAll(
  host: BackupHost,
  clock: Clock,
  request: Request,
  runId: string | null,
): Promise<Response> {
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
      return json(200, await listed(host, runId));
    case "POST":
      return await create(host, clock, request);
    default:
      return notAllowed(request, "GET, HEAD, OPTIONS, POST");
  }
}

/** A call on the backup whose id stands in the path as `segment`; rejects as the host does. */
export async function serveOne(
  host: BackupHost,
  clock: Clock,
  request: Request,
  segment: string,
): Promise<Response> {
  const id = decode(segment);
  if (id === undefined || idProblem(id) !== undefined) {
    return problem(404, `No backup has the id '${segment.slice(0, 100)}'`);
  }
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const answer = await host.get(id, { anew: asksAnew(request.headers) });
      if (answer.found === "yes") return json(200, toWire(answer.backup));
      return answer.found === "gone" ? gone(id) : unknown(id);
    }
    case "DELETE":
      return await remove(host, clock, request, id);
    default:
      return notAllowed(request, "DELETE, GET, HEAD");
  }
}

async function listed(host: BackupHost, runId: string | null): Promise<unknown> {
  if (runId !== null) {
    const backup = await host.lookup(runId);
    return backup === undefined ? [] : [toWire(backup)];
  }
  const all = await host.list();
  // The newest are those that matter most; the protocol's client reads no more.
  return all.slice(-MAX_LIST).map(toWire);
}

async function create(host: BackupHost, clock: Clock, request: Request): Promise<Response> {
  const headers = readCallHeaders(request.headers);
  if (!headers.ok) return problem(400, headers.problem);
  const body = await readCallBody(request, clock);
  if (!body.ok) return problem(body.status, body.problem);
  const { backup } = await host.start({ ...headers.call, body: body.value });
  return json(202, toWire(backup));
}

async function remove(host: BackupHost, clock: Clock, request: Request, id: string): Promise<Response> {
  const headers = readCallHeaders(request.headers);
  if (!headers.ok) return problem(400, headers.problem);
  const body = await readCallBody(request, clock);
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

/** The text of a path segment; undefined for one that is none. */
export function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
