// The answers of a served provider, in the words and shapes of the protocol.

import { ProviderError } from "../../domain/errors.ts";
import { iso } from "../../domain/instant.ts";
import { BusyError } from "../host/start_refusals.ts";

/** JSON; nobody may keep it, or take it for something else. */
export function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value) + "\n", {
    status,
    headers: {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

/** Plain text. */
export function text(status: number, value: string): Response {
  return new Response(value, { status, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

/** What is wrong, in a sentence; `id` is that of the backup it is about, `reason` a word for programs. */
export function problem(status: number, error: string, id: string | null = null, reason?: string): Response {
  return json(status, { error, ...(id === null ? {} : { id }), ...(reason === undefined ? {} : { reason }) });
}

/** No such backup. */
export function unknown(id: string): Response {
  return problem(404, `No backup has the id '${id.slice(0, 100)}'`, id);
}

/** The backup was deleted. */
export function gone(id: string): Response {
  return problem(410, `Backup '${id.slice(0, 100)}' was deleted`, id);
}

/** The method is none of `allow`. */
export function notAllowed(request: Request, allow: string): Response {
  const answer = problem(405, `Cannot serve ${request.method} here: expected one of ${allow}`);
  answer.headers.set("Allow", allow);
  return answer;
}

/** When to come again to a host that takes nothing now. */
const NOT_NOW_MS = 5_000;

/** What a call is answered that a host rejected. */
export function failed(error: unknown): Response {
  // Not foreseen: a bug of ours or of a Backuper. What happened to the call is unknown.
  if (!(error instanceof ProviderError)) {
    return problem(500, `This provider failed: ${(error as Error).message}`);
  }
  const id = error instanceof BusyError ? error.id : null;
  if (error.lock !== undefined) {
    return json(error.status ?? 423, { error: error.message, locked_until: iso(error.lock.until) });
  }
  const answer = problem(error.status ?? 500, error.message, id, error.unusable);
  // A 503 without a time could be a gateway's, after it delivered the call: ours surely began nothing.
  const isNotNow = error.kind === "unsent" && error.status === 503;
  const retryAfterMs = error.retryAfterMs ?? (isNotNow ? NOT_NOW_MS : undefined);
  if (retryAfterMs !== undefined) {
    answer.headers.set("Retry-After", String(Math.ceil(retryAfterMs / 1000)));
  }
  return answer;
}
