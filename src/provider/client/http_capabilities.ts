// Asks a provider over HTTP which extensions it has, and believes what it said for a while.

import type { Clock } from "../../ports/host.ts";
import { type Capabilities, NO_CAPABILITIES } from "../../ports/provider.ts";
import { parseCapabilities } from "../protocol/call_headers.ts";
import { HEADERS } from "../protocol/protocol.ts";
import type { HttpClient } from "./http_client.ts";

/** How long discovered extensions are believed; failures are not remembered. */
const CAPABILITIES_MS = 10 * 60 * 1000;

/** Any answer with the header counts; without it only an answer in good order means that there are none. */
export async function askCapabilities(client: HttpClient, limitMs: number): Promise<Capabilities> {
  const answer = await client.send({
    operation: "options",
    what: "ask for extensions",
    method: "OPTIONS",
    url: client.url(),
    limitMs,
    needsBody: [],
  });
  const header = answer.headers.get(HEADERS.capabilities);
  if (header !== null) return parseCapabilities(header);
  const { status } = answer;
  const trouble = status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
  if (trouble) {
    throw answer.unexpected(`the header '${HEADERS.capabilities}', or 200, 204, 404, 405, 501 without`);
  }
  return NO_CAPABILITIES;
}

/** Makes what answers from memory while that is fresh, also to those who ask while the answer is on its way. */
export function rememberCapabilities(
  clock: Clock,
  ask: () => Promise<Capabilities>,
): () => Promise<Capabilities> {
  let known: { at: number; capabilities: Promise<Capabilities> } | undefined;
  return () => {
    const now = clock.monotonic();
    if (known !== undefined && now - known.at < CAPABILITIES_MS) return known.capabilities;
    const asked = { at: now, capabilities: ask() };
    known = asked;
    asked.capabilities.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked.capabilities;
  };
}
