// Checks the name and password that a browser sends with every request: worked out once, then known by digest.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSameBytes } from "../domain/bytes.ts";
import type { EventSink } from "../ports/events.ts";
import type { Clock } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";
import { createPasswordTurns } from "./password_turns.ts";
import { Problem } from "./problems.ts";

/** A person at a browser. */
export interface User {
  name: string;
  role: Caller["role"];
  /** Takes a third of a second of one processor on purpose. */
  isPassword(password: string): Promise<boolean>;
}

/** What came of a name and a password. */
interface Found {
  /** Null: a wrong one. */
  caller: Caller | null;
  /** The user of this name, who has not shown the right password. */
  claimed?: string;
  /** Wrong, and from where some are turned away just now: that was told. */
  isFlood?: true;
  /** 429: nothing was worked out. */
  refusal?: Problem;
}

/** Finds the user of `name:password` in base64, sent from there. */
type PasswordCheck = (users: readonly User[], sent: string, source: string) => Promise<Found>;

/** How long (ms) nobody may have been turned away until the next time is told as another flood. */
const QUIET_MS = 60_000;
const MOST_FLOODING = 1_000;
/** Of a name that somebody sent, as much as it is told from others by. */
const NAME_LENGTH = 64;

/** Makes a check that remembers whom it has seen and works out one password at a time. */
export function createPasswordCheck(
  { clock, sink }: { clock: Pick<Clock, "now" | "monotonic">; sink: EventSink },
): PasswordCheck {
  const proved = new WeakMap<User, Uint8Array>();
  const turns = createPasswordTurns(clock);
  /** In work or waiting, by where they come from and what they are. */
  const underWay = new Map<string, Promise<Found>>();
  let awayAt = -Infinity;
  /** From where some were turned away in the flood of now, as many as are remembered. */
  const flooding = new Set<string>();

  const isProved = (user: User, digest: Uint8Array) => {
    const known = proved.get(user);
    return known !== undefined && isSameBytes(known, digest);
  };

  const isFlood = () => clock.monotonic() - awayAt <= QUIET_MS;

  function turnedAway(source: string, named: User | undefined): Problem {
    if (!isFlood()) {
      flooding.clear();
      // A name that nobody has may be a password in the wrong field.
      const whose = named === undefined ? "a name that nobody has" : `'${named.name}'`;
      sink.emit({
        type: "http.flood",
        level: "warning",
        at: clock.now(),
        message:
          `Passwords are turned away, as too many come or are wrong: first from ${source} for ${whose}`,
        data: { remote: source, ...(named && { claimed: named.name }) },
      });
    }
    awayAt = clock.monotonic();
    if (flooding.size < MOST_FLOODING) flooding.add(source);
    const detail = "Too many passwords were wrong, or wait to be checked: try again in a few seconds";
    return new Problem(429, detail, {}, { "retry-after": "3" });
  }

  async function find(
    users: readonly User[],
    sent: string,
    digest: Uint8Array,
    source: string,
  ): Promise<Found> {
    const { name, password } = readPair(sent) ?? { name: "", password: "" };
    const named = users.find((user) => user.name === name);
    const claimed = named && { claimed: named.name };
    // A name that nobody has takes as long as one that somebody has.
    const asked = named ?? users[0];
    if (asked === undefined) return { caller: null };
    const outcome = await turns.take(
      { source, name: name.slice(0, NAME_LENGTH) },
      async () => await asked.isPassword(password) && named !== undefined,
    );
    if (outcome === "turned away") {
      return { caller: null, ...claimed, refusal: turnedAway(source, named) };
    }
    if (outcome === "wrong") {
      return { caller: null, ...claimed, ...(isFlood() && flooding.has(source) && { isFlood: true }) };
    }
    proved.set(asked, digest);
    return { caller: callerOf(asked) };
  }

  return async (users, sent, source) => {
    const digest = sha256(new TextEncoder().encode(sent));
    const seen = users.find((user) => isProved(user, digest));
    if (seen !== undefined) return { caller: callerOf(seen) };
    // A page asks for many things at once with one password.
    const key = `${source} ${bytesToHex(digest)}`;
    const begun = underWay.get(key);
    if (begun !== undefined) return await begun;
    const finding = find(users, sent, digest, source).finally(() => underWay.delete(key));
    underWay.set(key, finding);
    return await finding;
  };
}

function callerOf({ name, role }: User): Caller {
  return { name, role };
}

function readPair(sent: string): { name: string; password: string } | undefined {
  try {
    const bytes = Uint8Array.from(atob(sent), (char) => char.charCodeAt(0));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const at = text.indexOf(":");
    return at < 0 ? undefined : { name: text.slice(0, at), password: text.slice(at + 1) };
  } catch {
    return undefined;
  }
}
