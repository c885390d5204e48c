// Who is let in first when there is not room for all: probes, and whoever shows a valid token.

import type { Clock, Standing } from "../ports/host.ts";
import type { Auth } from "./auth.ts";
import { showsToken } from "./identify.ts";

/** What a supervisor asks to find out whether the process lives and can do its work; answered with next to nothing. */
const PROBES: ReadonlySet<string> = new Set(["/livez", "/readyz", "/healthz"]);

/** Tells the standing of a request over TCP from its head, by the tokens in force. */
export function createStanding(auth: () => Auth, clock: Pick<Clock, "now">): (request: Request) => Standing {
  return (request) => {
    if (isProbe(request)) return "probe";
    const now = auth();
    return now.kind === "named" && showsToken(now, request, clock.now()) ? "known" : "unknown";
  };
}

function isProbe({ method, url }: Request): boolean {
  // `?verbose` says much more.
  return (method === "GET" || method === "HEAD") &&
    PROBES.has(url.slice(url.indexOf("/", url.indexOf("//") + 2)));
}
