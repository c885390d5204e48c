// The bodies of the calls that a served provider takes: read only when they say that they can be used.

import { announcedLength, announcedType } from "../../domain/http/announced_body.ts";
import type { Clock } from "../../ports/host.ts";
import { type ReadBody, readJsonBody } from "../protocol/request_body.ts";

/** What says that it is no JSON is refused unread. The original's callers say nothing of the kind. */
export async function readCallBody(request: Request, clock: Clock): Promise<ReadBody> {
  const type = announcedType(request.headers);
  const isOther = type !== undefined && type !== "application/json";
  if (isOther && announcedLength(request.headers) !== 0) return notJson(type);
  const body = await readJsonBody(request, clock);
  // Over HTTP/2 nothing need announce it.
  return isOther && body.ok && body.value !== undefined ? notJson(type) : body;
}

/** Whether the body was read to its end, as the answer tells. */
export function isBodyRead(request: Request, { status }: Response): boolean {
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
