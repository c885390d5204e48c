// Ends a server in order: what is under way gets its time, what comes after is turned away. Turned away is also what
// comes while more is under way than memory is meant for, strangers before those who are known.

import { sourceOf } from "../domain/http/source_of.ts";
import type { PeerInfo, RequestHandler, Standing } from "../ports/host.ts";
import { systemClock } from "./clock.ts";
import { lastAnswer } from "./last_answer.ts";
import { mostOf, type Shares } from "./shares.ts";

export interface AnswerGate {
  /** `completed` settles when the answer went out, or could not. */
  serve(
    request: Request,
    info: { completed: Promise<void>; standing: Standing },
    peer: PeerInfo,
  ): Promise<Response> | Response;
  /** Turns away what comes from now on; true when every answer was given in time. */
  drain(graceMs: number): Promise<boolean>;
}

/**
 * Counts the answers under way, and turns new requests away once closing has begun or there are too many. Those who are
 * known have places that nobody else gets; a probe needs none. `shares` is asked anew each time, as it may change;
 * `crowded` is told why one found no place.
 */
export function createAnswerGate(
  handler: RequestHandler,
  shares: () => Shares["requests"],
  crowded: (detail: string) => void = () => {},
): AnswerGate {
  /** Of strangers and known ones. */
  let underWay = 0;
  let strangers = 0;
  /** Probes, too. */
  let answering = 0;
  const bySource = new Map<string, number>();
  let closing = false;
  let idle: () => void = () => {};

  /** Why a request finds no place; undefined when it does. */
  function refusal(standing: Standing, source: string): string | undefined {
    const share = shares();
    const isFull = underWay >= share.all + share.kept || (standing === "unknown" && strangers >= share.all);
    if (isFull) return `${underWay} requests are under way already`;
    const own = bySource.get(source) ?? 0;
    if (standing !== "unknown" || own < mostOf(share, source)) return undefined;
    return `${own} requests of this address are under way already`;
  }

  function takePlace(source: string): () => void {
    strangers++;
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
    return () => {
      strangers--;
      const left = bySource.get(source)! - 1;
      if (left === 0) bySource.delete(source);
      else bySource.set(source, left);
    };
  }

  return {
    serve(request, { completed, standing }, peer) {
      if (closing) return turnedAway("The server is stopping");
      const source = sourceOf(peer.remote);
      const detail = standing === "probe" ? undefined : refusal(standing, source);
      if (detail !== undefined) {
        crowded(detail);
        return turnedAway(detail);
      }
      const leave = standing === "unknown" ? takePlace(source) : () => {};
      // A probe is answered at once with next to nothing.
      const place = standing === "probe" ? 0 : 1;
      underWay += place;
      answering++;
      const done = () => {
        leave();
        underWay -= place;
        answering--;
        if (answering === 0) idle();
      };
      // Rejects when the client went away: the answer is over all the same.
      completed.then(done, done);
      return handler(request, peer);
    },
    async drain(graceMs) {
      closing = true;
      if (answering === 0) return true;
      const limit = new AbortController();
      const quiet = new Promise<void>((resolve) => idle = resolve);
      await Promise.race([quiet, systemClock.sleep(graceMs, limit.signal).catch(() => {})]);
      limit.abort();
      return answering === 0;
    },
  };
}

/** What a request is answered that finds no place; its connection ends with it. */
export function turnedAway(detail: string): Response {
  const answer = lastAnswer(503, "Not available", detail);
  answer.headers.set("retry-after", "5");
  return answer;
}
