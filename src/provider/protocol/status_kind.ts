// What an HTTP status that is no success says about a call's fate.

import type { ProviderErrorKind } from "../../domain/errors.ts";
import { HEADERS } from "./protocol.ts";

/** The provider said in so many words that it did not do it, and would not do it the next time either. */
// deno-fmt-ignore
const REFUSED = new Set([
  400, 401, 402, 403, 404, 405, 407, 410, 411, 412, 413, 414, 415, 416, 417, 421,
  422, 426, 428, 431, 451, 501, 505,
]);

/** It did nothing now: busy (409, 423), too early (425), too often (429), not at home (503). */
const UNSENT = new Set([409, 423, 425, 429, 503]);

/**
 * The kind of error that a status means, once it is known not to be a success of the call.
 *
 * | status | kind |
 * |---|---|
 * | 3xx (none is followed), 409, 423, 425, 429, 503 | `unsent` |
 * | 400-405, 407, 410-417, 421, 422, 426, 428, 431, 451, 501, 505 | `refused` |
 * | everything else: 500, 502, 504; 408 and 499 (given up half-way); 406 (done, perhaps, but not to be shown); unregistered ones; a strange 2xx | `unknown` |
 */
export function statusKind(status: number): Exclude<ProviderErrorKind, "malformed"> {
  if (REFUSED.has(status)) return "refused";
  if (UNSENT.has(status) || (status >= 300 && status < 400)) return "unsent";
  return "unknown";
}

/** What gateways answer by themselves too, before they delivered a call or after it. */
const OF_GATEWAYS = new Set([425, 429, 503]);

/**
 * True where a refusal for the moment may be that of a gateway, which says nothing of whether the provider got the call.
 * Whoever names a time (Retry-After) or speaks our protocol did not take it.
 */
export function mayBeGateway(status: number, headers: Headers): boolean {
  return OF_GATEWAYS.has(status) && !headers.has("retry-after") && !headers.has(HEADERS.capabilities);
}
