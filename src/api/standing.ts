// Who is let in first when there is not room for all: probes, and whoever shows a valid token.

import type { Clock, PeerInfo, Standing } from "../ports/host.ts";
import type { Auth } from "./auth.ts";
import { routePath } from "./base_path.ts";
import { showsToken } from "./identify.ts";
import { proxiedCaller } from "./proxied.ts";

/** What a supervisor asks to find out whether the process lives and can do its work; answered with next to nothing. */
const PROBES: ReadonlySet<string> = new Set(["/livez", "/readyz", "/healthz"]);

/** Tells the standing of a request over TCP from its head, by the tokens in force. */
export function createStanding(
  auth: () => Auth,
  clock: Pick<Clock, "now">,
  basePath: () => string | undefined = () => undefined,
): (request: Request, peer: PeerInfo) => Standing {
  return (request, peer) => {
    if (isProbe(request, routePath(basePath() ?? "", request))) return "probe";
    const now = auth();
    if (now.kind !== "named") return "unknown";
    if (now.proxy !== undefined && proxiedCaller(now.proxy, request, peer)?.caller) return "known";
    return showsToken(now, request, clock.now()) ? "known" : "unknown";
  };
}

/** True for a GET or HEAD of a probe; `path` below the base path. */
export function isProbe({ method, url }: Request, path: string): boolean {
  // `?verbose` says much more.
  return (method === "GET" || method === "HEAD") &&
    PROBES.has(path) && url.endsWith(path);
}
