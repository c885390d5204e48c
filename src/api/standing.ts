// Who is let in first when there is not room for all: probes, and whoever shows a valid token.

import type { Standing } from "../ports/host.ts";
import type { Auth } from "./auth.ts";
import { tokenCallerOf } from "./identify.ts";

/** What a supervisor asks to find out whether the process lives and can do its work; answered with next to nothing. */
const PROBES: ReadonlySet<string> = new Set(["/livez", "/readyz", "/healthz"]);

/** Tells the standing of a request over TCP from its head, by the tokens in force. */
export function createStanding(auth: () => Auth): (request: Request) => Standing {
  return (request) => {
    if (isProbe(request)) return "probe";
    const now = auth();
    return now.kind === "named" && tokenCallerOf(now, request) !== null ? "known" : "unknown";
  };
}

function isProbe({ method, url }: Request): boolean {
  // `?verbose` says much more.
  return (method === "GET" || method === "HEAD") &&
    PROBES.has(url.slice(url.indexOf("/", url.indexOf("//") + 2)));
}
