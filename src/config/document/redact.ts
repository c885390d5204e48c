// How values are shown in messages and in `config show`: secrets never.

import type { Json } from "../../domain/job.ts";
import { isMapping, type Mark, type Path } from "./tree.ts";

export const REDACTED = "<redacted>";

/**
 * A URL without the user and password it may carry, also where a sign in the password makes it no valid URL, and without
 * its query.
 */
export function redactUrl(text: string): string {
  return text.replace(CREDENTIALS, `$1${REDACTED}@`).replace(QUERY, `$1${REDACTED}`);
}

/** From the question mark to the end of the word, or of the quotes it stands in. */
const QUERY = /(:\/\/[^\s?'"`]*\?)[^\s'"`]+/g;

/** Up to the last `@` before the path; or up to the last `@` at all after a `user:` that is no host with its port. */
const CREDENTIALS = /(:\/\/)(?:[^\s/?#]*@|[^/?#@:]*:(?!\d{1,5}(?:[/?#\s]|$))[^]*@)/g;

/** A value as a message may show it: short, on one line, never a secret. */
export function shown(value: Json | undefined, path: Path, mark: Mark | undefined): string {
  if (isSecret(path)) return "the value";
  if (mark?.raw !== undefined) return `'${redactUrl(mark.raw).slice(0, 80)}'`;
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") {
    const text = redactUrl(value);
    const plain = JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text).slice(1, -1);
    return `'${plain.replaceAll('\\"', '"')}'`;
  }
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  return `'${value}'`;
}

const SECRET_KEYS = new Set(["token", "password", "secret"]);
const SECRET_MAPPINGS = new Set(["headers", "env", "body", "create_body", "delete_body"]);

/** Addresses of checks: who has one can make what is dead look alive. The whole where it is written in their place. */
function isCheck(path: Path): boolean {
  const at = path[path.length - 1] === "url" ? path.length - 2 : path.length - 1;
  if (path[at] === "heartbeat") return at === 0;
  return path[at] === "ping" && (path[0] === "jobs" ? at === 2 : path[0] === "defaults" && at === 1);
}

/**
 * True for values that are never shown: tokens, passwords, header values, variables of commands, bodies, addresses of
 * checks.
 */
export function isSecret(path: Path): boolean {
  if (isCheck(path)) return true;
  // Names of providers come second and may be any word, those of channels third.
  const keys = path.slice(
    path[0] === "providers" || path[0] === "jobs" ? 2 : path[0] === "notify" ? 3 : 1,
  );
  // Whoever knows the address of a chat's webhook, or of a topic, may write there.
  if (path[0] === "notify" && keys[keys.length - 1] === "url") return true;
  // The whole where it is written in the place of the channel.
  if (path[0] === "notify" && path[1] === "channels" && path.length === 3) return true;
  return SECRET_KEYS.has(String(keys[keys.length - 1])) ||
    keys.some((key) => SECRET_MAPPINGS.has(String(key)));
}
