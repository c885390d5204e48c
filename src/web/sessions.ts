// Who is logged in at a browser: kept in memory, so that a restart logs everybody out and no file holds a session.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSameBytes } from "../domain/bytes.ts";
import type { Identity } from "../ports/door.ts";
import type { Clock, Secrets } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";

/** Whoever did nothing for so long logs in anew. */
const IDLE_MS = 12 * 3_600_000;
/** Whatever they do. */
const LONGEST_MS = 7 * 24 * 3_600_000;
/** A link that nobody opened by then leads nowhere. */
const LINK_MS = 5 * 60_000;
const MOST_SESSIONS = 1_000;
const MOST_LINKS = 20;

interface Session {
  caller: Caller;
  begunAt: number;
  seenAt: number;
  /** When what they showed ends. */
  expires: number;
  /** The rules they were let in by: they log in anew once those were edited. Null: by the socket, whatever the rules. */
  rules: object | null;
}

interface Link {
  identity: Identity & { caller: Caller };
  ends: number;
}

/** Sessions and links of one server. Only digests of their tokens are kept. */
export interface Sessions {
  /** Begins one for a caller who has just shown who they are; returns its token. */
  begin(identity: Identity & { caller: Caller }): string;
  /** Who shows this token, and counts it as a sign of life; undefined where it is not one of a session in force. */
  find(token: string): Identity & { caller: Caller } | undefined;
  /** The same without counting it. */
  isInForce(token: string): boolean;
  end(token: string): void;
  /** Makes the token of a link that logs its caller in, once. */
  makeLink(identity: Identity & { caller: Caller }): { token: string; ends: number };
  /** Uses a link up. */
  useLink(token: string): Identity & { caller: Caller } | undefined;
  /** What forms of this session carry; `token` undefined: of those who are known without one. */
  csrfOf(token: string | undefined, caller: string): string;
  isCsrf(sent: string, token: string | undefined, caller: string): boolean;
}

/** Makes the sessions of one server; `rules` as the door has them. */
export function createSessions(
  { clock, secrets, rules }: { clock: Pick<Clock, "now">; secrets: Secrets; rules(): object },
): Sessions {
  const sessions = new Map<string, Session>();
  const links = new Map<string, Link>();
  const secret = secrets.token();

  const isLiving = (session: Session) => {
    const now = clock.now();
    return now < endOf(session) && now < session.seenAt + IDLE_MS &&
      (session.rules === null || session.rules === rules());
  };

  const csrfOf = (token: string | undefined, caller: string) =>
    digestOf(`csrf ${secret} ${token ?? ""} ${caller}`);

  return {
    begin(identity) {
      const token = secrets.token();
      const now = clock.now();
      sessions.set(digestOf(token), {
        caller: callerOf(identity),
        begunAt: now,
        seenAt: now,
        expires: identity.expires ?? Infinity,
        rules: identity.by === "socket" ? null : rules(),
      });
      // The first of the map is who was not seen for longest.
      if (sessions.size > MOST_SESSIONS) sessions.delete(sessions.keys().next().value!);
      return token;
    },
    find(token) {
      const key = digestOf(token);
      const session = sessions.get(key);
      if (session === undefined) return undefined;
      sessions.delete(key);
      if (!isLiving(session)) return undefined;
      sessions.set(key, { ...session, seenAt: clock.now() });
      return { caller: session.caller, by: "session", expires: endOf(session) };
    },
    isInForce(token) {
      const session = sessions.get(digestOf(token));
      return session !== undefined && isLiving(session);
    },
    end: (token) => void sessions.delete(digestOf(token)),
    makeLink(identity) {
      const token = secrets.token();
      const ends = clock.now() + LINK_MS;
      links.set(digestOf(token), { identity: { ...identity, caller: callerOf(identity) }, ends });
      if (links.size > MOST_LINKS) links.delete(links.keys().next().value!);
      return { token, ends };
    },
    useLink(token) {
      const key = digestOf(token);
      const link = links.get(key);
      links.delete(key);
      return link !== undefined && clock.now() < link.ends ? link.identity : undefined;
    },
    csrfOf,
    isCsrf(sent, token, caller) {
      const bytes = new TextEncoder();
      return isSameBytes(bytes.encode(sent), bytes.encode(csrfOf(token, caller)));
    },
  };
}

/** However busy it is. */
function endOf({ expires, begunAt }: Session): number {
  return Math.min(expires, begunAt + LONGEST_MS);
}

/** A browser may be on any machine, whoever opened the socket for it. */
function callerOf({ caller: { name, role } }: Identity & { caller: Caller }): Caller {
  return { name, role };
}

function digestOf(token: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(token)));
}
