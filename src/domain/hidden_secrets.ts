// Takes secrets out of texts, before a person or a log sees them.

import { hideUrlPasswords } from "./url_passwords.ts";

/** Shorter values are not searched for: they would blot out half of every text. */
const SHORTEST_SECRET = 4;

/**
 * Makes what replaces each secret in a text by `<redacted>`, and the password of any URL. Of a secret with several lines each
 * line is one, since texts come line by line.
 */
export function secretHider(secrets: Iterable<string>): (text: string) => string {
  const all = new Set<string>();
  for (const secret of secrets) {
    for (const part of [secret, ...secret.split(/\r?\n/).map((line) => line.trim())]) {
      if (part.length >= SHORTEST_SECRET) all.add(part);
    }
  }
  // The longest first, so that no rest of one remains behind a shorter one within it.
  const ordered = [...all].sort((a, b) => b.length - a.length);
  return (text) =>
    hideUrlPasswords(ordered.reduce((rest, secret) => rest.replaceAll(secret, "<redacted>"), text));
}
