// Takes what is secret out of texts that came from a provider, before a person or a log sees them.

import type { HttpProviderSpec } from "../domain/provider_spec.ts";
import { cleanText } from "./protocol.ts";

/** Shorter values are not searched for: they would blot out half of every text. */
const SHORTEST_SECRET = 4;
const PUBLIC_HEADERS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-type",
  "user-agent",
]);
/** Longest part of an answer that is shown. */
const EXCERPT = 200;

/** Replaces every secret of a provider's settings (header values, values of the URL's query) in a text. */
export function createRedactor(spec: Pick<HttpProviderSpec, "headers" | "url">): (text: string) => string {
  const secrets = new Set<string>();
  const add = (secret: string) => {
    for (
      const form of [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)]
    ) {
      if (form.length >= SHORTEST_SECRET) secrets.add(form);
    }
  };
  for (const [name, value] of Object.entries(spec.headers)) {
    if (PUBLIC_HEADERS.has(name.toLowerCase())) continue;
    add(value.trim());
    // `Bearer <token>`, `Basic <base64 of user:password>`
    const credentials = /^\S+ +(\S+)$/.exec(value.trim())?.[1];
    if (credentials === undefined) continue;
    add(credentials);
    if (/^basic /i.test(value.trim())) {
      const pair = decodeBase64(credentials);
      add(pair);
      add(pair.slice(pair.indexOf(":") + 1));
    }
  }
  for (const value of new URL(spec.url).searchParams.values()) add(value);
  // The longest first, so that no rest of one remains behind a shorter one within it.
  const ordered = [...secrets].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, secret) => rest.replaceAll(secret, "<redacted>"), text);
}

/** The beginning of an answer for a message: one line, no control characters, no secrets; empty for none. */
export function excerpt(bytes: Uint8Array, redact: (text: string) => string): string {
  const text = new TextDecoder().decode(bytes);
  const line = redact(cleanText(text, text.length).replace(/\s+/g, " ").trim());
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT).toWellFormed()}…` : line;
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return "";
  }
}
