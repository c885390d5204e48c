// The calls of the extensions `verify`, `restore` and `browse` on a host: below one backup, and on restores.

import { insidePath } from "../../domain/inside_path.ts";
import type { Clock } from "../../ports/host.ts";
import type { BackupHost } from "../host/backup_host.ts";
import { readCallHeaders } from "../protocol/call_headers.ts";
import { idProblem } from "../protocol/protocol.ts";
import { MAX_ENTRIES, operationToWire, pageToWire, readRestoreCall } from "../protocol/restore_wire.ts";
import { readVerifyCall, verificationToWire } from "../protocol/verification_wire.ts";
import { json, notAllowed, problem } from "./answers.ts";
import { decode } from "./backups.ts";
import { readCallBody } from "./bodies.ts";

/** A call that is not on a backup itself. */
interface FurtherCall {
  what: "verify" | "restore" | "files" | "operation";
  /** Of the backup or the operation, as it stands in the path. */
  segment: string;
}

const DEFAULT_ENTRIES = 100;

/** What a path below that of the backups asks for; undefined: one backup. */
export function furtherCall(path: string): FurtherCall | undefined {
  const [first, second, ...others] = path.split("/");
  if (first === undefined || second === undefined || others.length > 0) return undefined;
  if (first === "operations") return { what: "operation", segment: second };
  if (second === "verify" || second === "restore" || second === "files") {
    return { what: second, segment: first };
  }
  return undefined;
}

/** Rejects as the host does. */
export async function serveFurther(
  host: BackupHost,
  clock: Clock,
  request: Request,
  { what, segment }: FurtherCall,
): Promise<Response> {
  const id = decode(segment);
  if (id === undefined || idProblem(id) !== undefined) {
    return problem(404, `Nothing has the id '${segment.slice(0, 100)}'`);
  }
  switch (what) {
    case "verify":
      return await serveVerify(host, clock, request, id);
    case "restore":
      return await serveRestore(host, clock, request, id);
    case "files":
      return await serveFiles(host, request, id);
    case "operation":
      return await serveOperation(host, request, id);
  }
}

function lacks(word: string): Response {
  return problem(405, `This provider does not have the extension '${word}'`);
}

async function serveVerify(host: BackupHost, clock: Clock, request: Request, id: string): Promise<Response> {
  if (host.verifyAsked === undefined) return lacks("verify");
  if (request.method === "DELETE") {
    const asked = new URL(request.url).searchParams.get("verification_id");
    if (asked === null) return problem(400, "Cannot end a verification: expected '?verification_id='");
    await host.cancelVerification!(id, asked);
    return json(200, { id, message: "ended" });
  }
  if (request.method !== "POST") return notAllowed(request, "DELETE, POST");
  const headers = readCallHeaders(request.headers);
  if (!headers.ok) return problem(400, headers.problem);
  const body = await readCallBody(request, clock);
  if (!body.ok) return problem(body.status, body.problem);
  const asked = readVerifyCall(body.value);
  if (!asked.ok) return problem(400, asked.problem);
  const { job, fence } = headers.call;
  return json(202, {
    id,
    verification: verificationToWire(await host.verifyAsked(id, { ...asked.call, job, fence })),
  });
}

async function serveRestore(host: BackupHost, clock: Clock, request: Request, id: string): Promise<Response> {
  if (host.restore === undefined) return lacks("restore");
  if (request.method !== "POST") return notAllowed(request, "POST");
  const body = await readCallBody(request, clock);
  if (!body.ok) return problem(body.status, body.problem);
  const asked = readRestoreCall(body.value);
  if (!asked.ok) return problem(400, asked.problem);
  return json(202, operationToWire(await host.restore(id, asked.call)));
}

async function serveOperation(host: BackupHost, request: Request, operationId: string): Promise<Response> {
  if (host.operation === undefined) return lacks("restore");
  if (request.method === "DELETE") await host.cancelOperation!(operationId);
  else if (request.method !== "GET" && request.method !== "HEAD") {
    return notAllowed(request, "DELETE, GET, HEAD");
  }
  const operation = await host.operation(operationId);
  if (operation !== undefined) return json(200, operationToWire(operation));
  return problem(404, `No restore has the id '${operationId.slice(0, 100)}'`);
}

async function serveFiles(host: BackupHost, request: Request, id: string): Promise<Response> {
  if (host.browse === undefined) return lacks("browse");
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed(request, "GET, HEAD");
  const query = new URL(request.url).searchParams;
  const limit = Number(query.get("limit") ?? DEFAULT_ENTRIES);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ENTRIES) {
    return problem(
      400,
      `Cannot list '${query.get("limit")}' entries: expected 'limit' from 1 to ${MAX_ENTRIES}`,
    );
  }
  const path = insidePath(query.get("path") ?? "");
  if (!path.ok) return problem(400, `Cannot list that folder: ${path.problem}`);
  const page = await host.browse(id, path.path, query.get("after") || undefined, limit);
  if (page !== undefined) return json(200, pageToWire(page));
  return problem(404, `Backup '${id.slice(0, 100)}' has no folder '${path.path.slice(0, 200)}'`, id);
}
