// Who came to the door, for the audit trail: every change at once, refusals as one event a burst, log-ins once; part of
// the composition root.

import { formatDuration } from "../domain/duration.ts";
import { addressOf } from "../domain/http/source_of.ts";
import type { EngineEvent } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";
import type { Visit, Visits } from "../ports/visits.ts";

/** A burst is told of as it begins, then after so long, then after twice as long, up to the longest. */
const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;
/** Callers and addresses told apart at a time, and how many may begin a burst at once; one more a minute. */
const MOST_BURSTS = 32;
const MOST_AT_ONCE = 32;
const ONE_MORE_MS = 60_000;
/** Whoever has not been seen for so long logs in anew. */
const LOGGED_IN_MS = 12 * 3_600_000;
const MOST_LOGGED_IN = 1_000;

interface Burst {
  who: string;
  /** Refusals that were not told of yet, and what the last one was. */
  count: number;
  last: Visit;
  windowMs: number;
}

interface VisitBookParts {
  clock: Pick<Clock, "now" | "monotonic" | "sleep">;
  /** Saves an event; never rejects. */
  record(event: EngineEvent): Promise<void>;
}

/** One for the life of the program. Disposing tells of what was counted. */
export class VisitBook implements Visits, AsyncDisposable {
  #bursts = new Map<string, Burst>();
  #mayBegin = MOST_AT_ONCE;
  /** By the monotonic clock, like the times when people were seen. */
  #beganAt: number;
  #loggedIn = new Map<string, number>();
  #ended = new AbortController();

  constructor(private readonly parts: VisitBookParts) {
    this.#beganAt = parts.clock.monotonic();
  }

  changed(visit: Visit): Promise<void> {
    return this.#tell(
      "api.changed",
      "info",
      `${whoOf(visit)}: ${askedOf(visit)} was answered ${visit.status}`,
      visit,
    );
  }

  refused(visit: Visit): void {
    const who = whoOf(visit);
    const own = `${visit.status} ${who}`;
    const known = this.#bursts.get(own);
    if (known !== undefined) return this.#count(known, visit);
    if (this.#bursts.size < MOST_BURSTS && this.#begins()) return this.#begin(own, who, visit);
    const rest = this.#bursts.get("others");
    if (rest !== undefined) return this.#count(rest, visit);
    this.#begin("others", "others", visit);
  }

  loggedIn(visit: Visit): void {
    const key = whoOf(visit);
    const now = this.parts.clock.monotonic();
    const seenAt = this.#loggedIn.get(key);
    // Last in the order of the map: the first is who was not seen for longest.
    this.#loggedIn.delete(key);
    this.#loggedIn.set(key, now);
    if (this.#loggedIn.size > MOST_LOGGED_IN) {
      this.#loggedIn.delete(this.#loggedIn.keys().next().value!);
    }
    if (seenAt !== undefined && now - seenAt < LOGGED_IN_MS) return;
    void this.#tell("api.login", "info", `${key} logged in`, visit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new Error("the book of visits is closed"));
    await Promise.all([...this.#bursts.values()].map((burst) => this.#tellOf(burst)));
  }

  #begins(): boolean {
    const now = this.parts.clock.monotonic();
    const more = Math.floor((now - this.#beganAt) / ONE_MORE_MS);
    this.#beganAt += more * ONE_MORE_MS;
    this.#mayBegin = Math.min(MOST_AT_ONCE, this.#mayBegin + more);
    if (this.#mayBegin === 0) return false;
    this.#mayBegin--;
    return true;
  }

  #begin(key: string, who: string, visit: Visit): void {
    const burst: Burst = { who, count: 0, last: visit, windowMs: FIRST_MS };
    this.#bursts.set(key, burst);
    const message =
      `${who === "others" ? `${whoOf(visit)}, and others:` : `${who}:`} ${askedOf(visit)} was ` +
      `refused: ${visit.status}`;
    void this.#tell("api.refused", "warning", message, visit, { count: 1 });
    this.#follow(key, burst).catch(() => {});
  }

  #count(burst: Burst, visit: Visit): void {
    burst.count++;
    burst.last = visit;
  }

  /** Until a window went by without a refusal. */
  async #follow(key: string, burst: Burst): Promise<void> {
    for (;;) {
      await this.parts.clock.sleep(burst.windowMs, this.#ended.signal);
      if (burst.count === 0) break;
      void this.#tellOf(burst);
      burst.windowMs = Math.min(burst.windowMs * 2, LONGEST_MS);
    }
    this.#bursts.delete(key);
  }

  async #tellOf(burst: Burst): Promise<void> {
    const { who, count, last, windowMs } = burst;
    if (count === 0) return;
    burst.count = 0;
    const times = count === 1 ? "once more" : `${count} more times`;
    const message = `${who} ${who === "others" ? "were" : "was"} refused ${times} within ` +
      `${formatDuration(windowMs)}, last ${askedOf(last)}: ${last.status}`;
    await this.#tell("api.refused", "warning", message, last, { count });
  }

  #tell(
    type: EngineEvent["type"],
    level: EngineEvent["level"],
    message: string,
    { caller, claimed, role, remote, method, route, path, status }: Visit,
    more: { count?: number } = {},
  ): Promise<void> {
    const named: Record<string, string> = claimed === undefined ? {} : { claimed };
    const data = { by: caller, ...named, role, remote, method, route, path, status, ...more };
    return this.parts.record({ type, level, at: this.parts.clock.now(), message, data });
  }
}

function askedOf({ method, path }: Visit): string {
  return `${method} ${path}`;
}

/** The caller by name, and by address where that says more; ports differ with each connection. */
function whoOf({ caller, claimed, remote }: Visit): string {
  const address = addressOf(remote);
  if (remote === "unix") return caller ?? "somebody at the socket";
  if (caller !== null) return `${caller} at ${address}`;
  return claimed === undefined ? `somebody at ${address}` : `somebody as '${claimed}' at ${address}`;
}
