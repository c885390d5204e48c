// Ends a server in order: what is under way gets its time, what comes after is turned away. Turned away is also what
// comes while more is under way than memory is meant for.

import type { PeerInfo, RequestHandler } from "../ports/host.ts";
import { systemClock } from "./clock.ts";

export interface AnswerGate {
  /** `completed` settles when the answer went out, or could not. */
  serve(
    request: Request,
    info: { completed: Promise<void> },
    peer: PeerInfo,
  ): Promise<Response> | Response;
  /** Turns away what comes from now on; true when every answer was given in time. */
  drain(graceMs: number): Promise<boolean>;
}

/** Most answers under way at once; each may hold a body of 1 MiB, or an answer that its reader is slow to take. */
const MOST_UNDER_WAY = 1_000;

/** Counts the answers under way, and turns new requests away once closing has begun or there are too many. */
export function createAnswerGate(handler: RequestHandler, mostUnderWay: number = MOST_UNDER_WAY): AnswerGate {
  let underWay = 0;
  let closing = false;
  let idle: () => void = () => {};

  const done = () => {
    underWay--;
    if (underWay === 0) idle();
  };
  return {
    serve(request, info, peer) {
      if (closing) return turnedAway("The server is stopping");
      if (underWay >= mostUnderWay) return turnedAway(`${underWay} requests are under way already`);
      underWay++;
      // Rejects when the client went away: the answer is over all the same.
      info.completed.then(done, done);
      return handler(request, peer);
    },
    async drain(graceMs) {
      closing = true;
      if (underWay === 0) return true;
      const limit = new AbortController();
      const quiet = new Promise<void>((resolve) => idle = resolve);
      await Promise.race([quiet, systemClock.sleep(graceMs, limit.signal).catch(() => {})]);
      limit.abort();
      return underWay === 0;
    },
  };
}

function turnedAway(detail: string): Response {
  const problem = { type: "about:blank", title: "Not available", status: 503, detail };
  return new Response(JSON.stringify(problem), {
    status: 503,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      connection: "close",
      "retry-after": "5",
    },
  });
}
