// Passwords as they are kept: PBKDF2 digests, which are made and compared beside the main thread.

import { isSameBytes } from "../../domain/bytes.ts";

/** What it costs to try one password: OWASP's count for PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;
/** Fewer than these make stolen hashes cheap to guess from. */
export const FEWEST_ITERATIONS = 100_000;
/** More than these would hold every login up for many seconds. */
const MOST_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;
const DIGEST_BITS = 256;

const FORM = /^\$pbkdf2-sha256\$i=([1-9]\d{0,7})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43})$/;

/** A password's hash, and how many iterations it takes. */
export interface PasswordHash {
  iterations: number;
  salt: Uint8Array<ArrayBuffer>;
  digest: Uint8Array;
}

/** True for what is meant to be a hash rather than a password. */
export function looksLikeHash(text: string): boolean {
  return text.startsWith("$pbkdf2");
}

/** Reads `$pbkdf2-sha256$i=600000$SALT$DIGEST`, both in base64 without padding; undefined when it is none. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, count, salt, digest] = FORM.exec(text) ?? [];
  if (count === undefined || Number(count) > MOST_ITERATIONS) return undefined;
  try {
    return { iterations: Number(count), salt: bytesOf(salt!), digest: bytesOf(digest!) };
  } catch {
    return undefined;
  }
}

/** The hash of a password, as text. The salt tells hashes of equal passwords apart: its first 16 bytes are used. */
export async function hashPassword(
  password: string,
  salt: Uint8Array,
  iterations = ITERATIONS,
): Promise<string> {
  const used = new Uint8Array(salt.slice(0, SALT_BYTES));
  const digest = await derive(password, used, iterations);
  return `$pbkdf2-sha256$i=${iterations}$${base64(used)}$${base64(digest)}`;
}

/** Whether this is the password; takes as long for a wrong one. */
export async function isPassword(hash: PasswordHash, password: string): Promise<boolean> {
  return isSameBytes(await derive(password, hash.salt, hash.iterations), hash.digest);
}

async function derive(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array> {
  // Two keyboards may write one letter in two ways.
  const bytes = new TextEncoder().encode(password.normalize("NFC"));
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, DIGEST_BITS));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
