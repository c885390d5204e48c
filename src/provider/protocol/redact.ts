// Takes what is secret out of texts that came from a provider, before a person or a log sees them.

import { secretHider } from "../../domain/hidden_secrets.ts";
import type { Json } from "../../domain/job.ts";
import type { HttpProviderSpec } from "../../domain/provider_spec.ts";
import { cleanText } from "./protocol.ts";

const PUBLIC_HEADERS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-type",
  "user-agent",
]);
/** Keys of a body whose values are secret; a bare `key` names an object of a store more often than a secret. */
const SECRET_KEY =
  /pass|secret|token|credential|authorization|(api|access|account|private|encryption)[_-]?key/i;
/** Longest part of an answer that is shown. */
const EXCERPT = 200;

/**
 * Replaces every secret of a provider's settings (header values, values of the URL's query, what is hidden), `more`, and
 * the password of any URL in a text.
 */
export function createRedactor(
  spec: Pick<HttpProviderSpec, "headers" | "url" | "hidden">,
  more: Iterable<string> = [],
): (text: string) => string {
  const secrets = new Set<string>();
  const add = (secret: string) => {
    const encoded = encodeURIComponent(secret.toWellFormed());
    const forms = [secret, encoded, encoded.replaceAll("%20", "+"), JSON.stringify(secret).slice(1, -1)];
    for (const form of forms) secrets.add(form);
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
      const password = pair.slice(pair.indexOf(":") + 1);
      add(pair);
      // A token may stand where the name does: then there is no password.
      add(password === "" ? pair.slice(0, -1) : password);
    }
  }
  for (const value of new URL(spec.url).searchParams.values()) add(value);
  for (const secret of [...spec.hidden ?? [], ...more]) add(secret);
  return secretHider(secrets);
}

/** The beginning of an answer for a message: one line, no control characters, no secrets; empty for none. */
export function excerpt(bytes: Uint8Array, redact: (text: string) => string): string {
  const text = new TextDecoder().decode(bytes);
  // Twice: a secret may have spaces in a row.
  const line = redact(redact(cleanText(text, text.length)).replace(/\s+/g, " ").trim());
  return line.length > EXCERPT ? `${line.slice(0, EXCERPT).toWellFormed()}…` : line;
}

/** What stands in a body under a name for secrets, such as `password`, however deep. */
export function* secretsIn(body: Json | undefined, isSecret = false): Generator<string> {
  if (typeof body === "string" && isSecret) yield body;
  if (typeof body !== "object" || body === null) return;
  for (const [key, value] of Object.entries(body)) {
    yield* secretsIn(value, isSecret || (!Array.isArray(body) && SECRET_KEY.test(key)));
  }
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
  } catch {
    return "";
  }
}
