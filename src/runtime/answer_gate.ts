// Ends a server in order: what is under way gets its time, what comes after is turned away.

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

/** Counts the answers under way, and turns new requests away once closing has begun. */
export function createAnswerGate(handler: RequestHandler): AnswerGate {
  let underWay = 0;
  let closing = false;
  let idle: () => void = () => {};

  const done = () => {
    underWay--;
    if (underWay === 0) idle();
  };
  return {
    serve(request, info, peer) {
      if (closing) {
        return new Response("The server is stopping\n", {
          status: 503,
          headers: { connection: "close", "retry-after": "5" },
        });
      }
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
