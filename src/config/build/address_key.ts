// The key of a provider that is known by its address: the address, without what variables gave to it.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** Enough to tell one address from another by, and too little to try an address by. */
const DIGITS = 8;
const REFERENCE = /\$?\$\{[^}]*\}/g;

/**
 * `plain` is the key with all in it; `template` the address as it was written, where variables gave a part of it. Whoever
 * gives them another value names another address, and so another provider: a few digits of a digest tell.
 */
export function addressKey(plain: string, prefix: string, template: string | undefined): string {
  if (template === undefined) return plain;
  const shown = `${prefix}${withoutCredentials(template)}`.replace(/\/+$/, "");
  // Those of user and password alone are in no key.
  if (!/(^|[^$])\$\{/.test(shown)) return plain;
  return `${shown}#${bytesToHex(sha256(new TextEncoder().encode(plain))).slice(0, DIGITS)}`;
}

/** An address as it was written, without user, password and query. */
export function withoutCredentials(template: string): string {
  // A reference may have any sign in its default, so it is no part of the address while that is looked through.
  const references: string[] = [];
  const opaque = template.trim().replace(REFERENCE, (reference) => `\0${references.push(reference) - 1}\0`);
  return opaque.replace(/(:\/\/)[^\s/?#]*@/, "$1").replace(/[?#].*$/s, "")
    .replace(/\0(\d+)\0/g, (_, index) => references[Number(index)]!);
}
