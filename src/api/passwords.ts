// Checks the name and password that a browser sends with every request: worked out once, then known by digest.

import { sha256 } from "@noble/hashes/sha2.js";
import PQueue from "p-queue";
import { isSameBytes } from "../domain/bytes.ts";
import type { Caller } from "../ports/operations.ts";
import { Problem } from "./problems.ts";

/** A person at a browser. */
export interface User {
  name: string;
  role: Caller["role"];
  /** Takes a tenth of a second of one processor on purpose. */
  isPassword(password: string): Promise<boolean>;
}

/** Passwords in work or waiting for their turn; whoever guesses may not take every processor. */
const MOST_WAITING = 16;

/** Finds the user of `name:password` in base64; null for a wrong one. Rejects with 429 when too many wait. */
type PasswordCheck = (users: readonly User[], sent: string) => Promise<Caller | null>;

/** Makes a check that remembers whom it has seen and works out one password at a time. */
export function createPasswordCheck(): PasswordCheck {
  const proved = new WeakMap<User, Uint8Array>();
  const turns = new PQueue({ concurrency: 1 });

  const isProved = (user: User, digest: Uint8Array) => {
    const known = proved.get(user);
    return known !== undefined && isSameBytes(known, digest);
  };

  async function inTurn(work: () => Promise<boolean>): Promise<boolean> {
    if (turns.size + turns.pending >= MOST_WAITING) {
      const detail = "Too many passwords wait to be checked: try again in a few seconds";
      throw new Problem(429, detail, {}, { "retry-after": "3" });
    }
    return await turns.add(work);
  }

  return async (users, sent) => {
    const digest = sha256(new TextEncoder().encode(sent));
    const seen = users.find((user) => isProved(user, digest));
    if (seen !== undefined) return callerOf(seen);
    const { name, password } = readPair(sent) ?? { name: "", password: "" };
    const named = users.find((user) => user.name === name);
    // A name that nobody has takes as long as one that somebody has.
    const asked = named ?? users[0];
    if (asked === undefined) return null;
    const isRight = await inTurn(async () => {
      if (isProved(asked, digest)) return true;
      if (!await asked.isPassword(password) || named === undefined) return false;
      proved.set(named, digest);
      return true;
    });
    return isRight ? callerOf(asked) : null;
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
