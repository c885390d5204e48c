// Tells what a state URL names: a file of this machine, or a libSQL server.

import { StoreError } from "../../domain/errors.ts";

export type StateLocation =
  | { kind: "file"; path: string }
  /** `shown` is the URL without credentials and query. */
  | { kind: "remote"; url: string; shown: string };

/**
 * Reads a state URL. What follows `file:` is the path as it stands, never percent-decoded, so that every
 * file name can be said; relative paths are the caller's to resolve.
 */
export function stateLocation(url: string): StateLocation {
  if (url.startsWith("file:")) {
    const rest = url.slice("file:".length);
    const path = rest.startsWith("//") ? rest.slice(2) : rest;
    if (path === "" || path.startsWith(":memory:")) throw badUrl(url);
    return { kind: "file", path };
  }
  if (!/^(https?|libsql):\/\//.test(url) || !URL.canParse(url)) throw badUrl(url);
  // Taken apart as http: only the scheme differs, and every runtime agrees on how http is parsed.
  const parsed = new URL(url.replace(/^libsql:/, "https:"));
  const scheme = url.slice(0, url.indexOf(":"));
  return { kind: "remote", url, shown: `${scheme}://${parsed.host}${parsed.pathname}` };
}

/** How messages name it: a file by its path, a server by its URL or, where that is given, by `shownUrl`. */
export function shownPlace(location: StateLocation, shownUrl?: string): string {
  return location.kind === "file" ? location.path : shownUrl ?? location.shown;
}

/** The file that a state URL names; undefined for a server. */
export function stateFile(url: string): string | undefined {
  const location = stateLocation(url);
  return location.kind === "file" ? location.path : undefined;
}

function badUrl(url: string): StoreError {
  const shown = url.replace(/\/\/[^/@]*@/, "//<redacted>@").replace(/\?.*$/s, "");
  return new StoreError(
    "failed",
    `Cannot read 'state.url' as the place of the state: '${shown}' is none: ` +
      `expected file:/path/to/schelly.db, or http://, https:// or libsql:// and a host`,
  );
}
