// Who may have a connection: one address only so many, all together only so many, and who waits for nothing makes way
// for who comes.

import { sourceOf } from "../domain/http/source_of.ts";
import { mostOf, type Share } from "./shares.ts";

/** One connection as the book sees it. */
export interface Held {
  /** Where it comes from, as in `PeerInfo`. */
  readonly remote: string;
  /** It is a trusted proxy's, which stands for many. */
  readonly isProxy?: boolean;
  /** Its caller has shown who it is: it makes way last. */
  isKnown: boolean;
  /** It has asked for something. */
  hasAsked: boolean;
  /** Since when (monotonic) it has waited for nothing; as it came, or with its last answer. */
  idleSince: number;
  /** Since when (monotonic) its eldest answer waits to be taken; undefined: none does. */
  untakenSince(): number | undefined;
  /** Ends it at once. */
  cut(): void;
}

export interface ConnectionBook {
  /** Takes it in as idle, where need be in the place of another one; false: there is no room, close it. */
  admit(held: Held): boolean;
  /** It waits for an answer. */
  busy(held: Held): void;
  /** It waits for nothing, from `held.idleSince` on. */
  rest(held: Held): void;
  /** It has ended. */
  leave(held: Held): void;
  /** Cuts those that are idle, or do not take an answer, for too long. */
  sweep(now: number): void;
  /** Cuts a quarter of the idle ones: files have run out all the same. */
  shrink(): void;
}

/** A connection on which nothing whole was asked for so long: by then all but the slowest senders have. */
const FIRST_REQUEST_MS = 30_000;
/** Between two requests. Longer than clients keep theirs (90 s and less), so that they hang up and are not cut. */
const IDLE_MS = 120_000;
/** For an answer that was given to be taken, all of it. */
const TAKE_MS = 120_000;

/** `share` is asked anew each time, as it may change. `crowded` is told whose connection found no room of its own. */
export function createConnectionBook(
  share: () => Share,
  crowded: (source: string) => void = () => {},
): ConnectionBook {
  const all = new Map<Held, string>();
  /** Those of each source, and the idle among them, longest first. */
  const sources = new Map<string, { count: number; idle: Set<Held> }>();
  /** Longest first. */
  const idle = new Set<Held>();

  function leave(held: Held): void {
    const source = all.get(held);
    if (source === undefined) return;
    all.delete(held);
    idle.delete(held);
    const line = sources.get(source)!;
    line.idle.delete(held);
    line.count--;
    if (line.count === 0) sources.delete(source);
  }

  function cut(held: Held): void {
    leave(held);
    held.cut();
  }

  /** True when one of these made way. */
  function makeRoom(among: ReadonlySet<Held>): boolean {
    const first = eldest(among);
    if (first !== undefined) cut(first);
    return first !== undefined;
  }

  return {
    admit(held) {
      const most = share();
      const source = sourceOf(held.remote);
      const before = sources.get(source);
      const hasShare = before !== undefined &&
        before.count >= (held.isProxy ? most.here : mostOf(most, source));
      if (hasShare || all.size >= most.all) {
        crowded(source);
        if (!makeRoom(hasShare ? before.idle : idle)) return false;
      }
      const line = sources.get(source) ?? { count: 0, idle: new Set<Held>() };
      sources.set(source, line);
      line.count++;
      all.set(held, source);
      line.idle.add(held);
      idle.add(held);
      return true;
    },
    busy(held) {
      idle.delete(held);
      lineOf(held)?.idle.delete(held);
    },
    rest(held) {
      const line = lineOf(held);
      if (line === undefined) return;
      line.idle.add(held);
      idle.add(held);
    },
    leave,
    sweep(now) {
      for (const held of all.keys()) {
        if (isLate(held, idle.has(held), now)) cut(held);
      }
    },
    shrink() {
      for (let left = Math.ceil(idle.size / 4); left > 0; left--) makeRoom(idle);
    },
  };

  function lineOf(held: Held): { idle: Set<Held> } | undefined {
    const source = all.get(held);
    return source === undefined ? undefined : sources.get(source);
  }
}

/** True for one that is idle, or whose answer nobody takes, for too long. */
function isLate(held: Held, isIdle: boolean, now: number): boolean {
  const limit = held.hasAsked ? IDLE_MS : FIRST_REQUEST_MS;
  const untaken = held.untakenSince();
  return isIdle && now - held.idleSince > limit || untaken !== undefined && now - untaken > TAKE_MS;
}

/** Of strangers the first, else the first. */
function eldest(among: ReadonlySet<Held>): Held | undefined {
  for (const held of among) if (!held.isKnown) return held;
  return among.values().next().value;
}
