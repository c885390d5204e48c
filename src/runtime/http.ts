// HTTP out: over the network, or over a unix socket to a server on the same machine.

import type { Http } from "../ports/host.ts";

/** Web `fetch`. */
export const systemHttp: Http = (request) => fetch(request);

/**
 * `fetch` over the unix socket at `socketPath`; the host in the request's URL is not looked up.
 * A request rejects as `fetch` does: when no server listens, its cause tells that the connection failed.
 */
export function httpOver(socketPath: string): Http {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socketPath } });
  return (request) => fetch(request, { client });
}
