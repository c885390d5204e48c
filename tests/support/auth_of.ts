// Callers of the API as a configuration would name them: tokens and passwords become digests.

import { createHash } from "node:crypto";
import type { Auth } from "../../src/api/auth.ts";
import { hashPassword, isPassword, parsePasswordHash } from "../../src/config/values/password_hash.ts";

type Role = "viewer" | "operator" | "admin";

/** Programs with these tokens, and people with these passwords, which are cheap to check here. */
export async function authOf(
  tokens: readonly { name: string; role: Role; token: string; expires?: number }[],
  users: readonly { name: string; role: Role; password: string }[] = [],
  openMetrics = false,
): Promise<Auth> {
  return {
    kind: "named",
    tokens: tokens.map(({ token, ...caller }) => ({
      ...caller,
      hash: createHash("sha256").update(token).digest("hex"),
    })),
    users: await Promise.all(users.map(async ({ name, role, password }) => {
      const hash = parsePasswordHash(await hashPassword(password, new Uint8Array(16), 10))!;
      return { name, role, isPassword: (given: string) => isPassword(hash, given) };
    })),
    openMetrics,
  };
}

/** The `Authorization` of a browser. */
export function basic(name: string, password: string): string {
  const bytes = new TextEncoder().encode(`${name}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
