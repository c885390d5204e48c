// Sends one ping to a dead man's switch of the shape of healthchecks.io: a few tries, each of a short time.

import { type PingSignal, pingUrl } from "../../domain/ping.ts";
import type { Clock, Http } from "../../ports/host.ts";
import { exchange } from "../../provider/client/exchange.ts";
import { excerpt } from "../../provider/protocol/redact.ts";

/** One thing to be told. */
export interface Ping {
  /** Of the check; secret. */
  url: string;
  signal: PingSignal;
  /** Absent: of no run. */
  runId?: string;
  /** What the check notes beside it; empty for nothing. */
  body: string;
}

interface PingOptions {
  /** No further try once it is aborted. */
  stop: AbortSignal;
  /** Does each try when it is its turn, which its time does not count. Absent: at once. */
  inTurn?<T>(work: () => Promise<T>): Promise<T>;
  /** True once something newer is to be told, so that another try of this would only keep it waiting. */
  isOutdated?(): boolean;
}

/** How it went; `why` follows a colon and holds nothing of the address. */
export type PingEnd = { told: true } | { told: false; why: string; tries: number };

/** For connecting, sending and the answer of one try. */
const TRY_MS = 10_000;
/** Waits before the second try, the third … */
const WAITS_MS = [1_000, 5_000];
/** Receivers keep so much of a body, and some refuse more. */
export const MOST_BODY_BYTES = 10_000;
/** An answer is a few words. */
const MOST_ANSWER_BYTES = 1_024;

/** Tells it, or says why it could not be told. Never rejects. */
export async function sendPing(
  ports: { http: Http; clock: Clock },
  ping: Ping,
  { stop, isOutdated, inTurn = (work) => work() }: PingOptions,
): Promise<PingEnd> {
  for (let tries = 1;; tries++) {
    const { why, isPassing } = await inTurn(() => oneTry(ports, ping));
    if (why === undefined) return { told: true };
    const wait = WAITS_MS[tries - 1];
    const end: PingEnd = { told: false, why, tries };
    if (!isPassing || wait === undefined || stop.aborted || isOutdated?.()) return end;
    try {
      await ports.clock.sleep(wait, stop);
    } catch {
      return end;
    }
  }
}

/** `isPassing`: it may well be otherwise the next time. */
interface TryEnd {
  why: string | undefined;
  isPassing: boolean;
}

async function oneTry(ports: { http: Http; clock: Clock }, ping: Ping): Promise<TryEnd> {
  const { url, signal, runId, body } = ping;
  const answer = await exchange(ports, {
    method: "POST",
    url: pingUrl(url, signal, runId),
    headers: { "content-type": "text/plain; charset=utf-8", "user-agent": "Schelly" },
    body,
    limitMs: TRY_MS,
    needsBody: [200],
    maxBytes: MOST_ANSWER_BYTES,
  });
  if (!answer.answered) return { why: hide(answer.why, url), isPassing: answer.sent !== "never" };
  const { status } = answer;
  if (status === 200) {
    const refused = REFUSALS.find(([pattern]) => pattern.test(excerpt(answer.bytes, (text) => text)));
    return { why: refused?.[1], isPassing: false };
  }
  if (status > 200 && status < 300) return { why: undefined, isPassing: false };
  if (status >= 300 && status < 400) {
    return {
      why: `it was answered ${status}, a redirect, which is not followed: expected the address it leads to`,
      isPassing: false,
    };
  }
  return {
    why: `it was answered ${status}${HINTS[status] ?? ""}`,
    isPassing: status >= 500 || PASSING.has(status),
  };
}

/** healthchecks.io answers 200 to what it does not take, and says so in the body alone. */
const REFUSALS: readonly [RegExp, string][] = [
  [/^OK \(not found\)/i, "its receiver has no such check: expected the address of one that is there"],
  [/^OK \(rate limited\)/i, "its receiver drops it, since the check had too many within a minute"],
];

const HINTS: Record<number, string | undefined> = {
  404: ", as if there were no such check",
  409: ", as if several checks had this name",
};
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** The runtime's own words seldom hold the address; no message may. */
function hide(why: string, url: string): string {
  const { pathname, search, username, password } = new URL(url);
  return [url, pathname.length > 1 ? pathname : "", search, username, password]
    .filter((part) => part !== "")
    .reduce((text, part) => text.replaceAll(part, "<redacted>"), why);
}
