// HTTP out: over the network, also with certificates of our own, or over a unix socket to a server on the same machine.

import type { ClientTls, Http, TlsTrouble } from "../ports/host.ts";

/** Web `fetch`. */
export const systemHttp: Http = (request) => fetch(request);

/** `fetch` with these certificates. Throws where `tlsTrouble` finds any. */
export function httpWith(tls: ClientTls): Http {
  const trouble = tlsTrouble(tls);
  if (trouble !== undefined) throw new Error(`The ${trouble.part} ${trouble.why}`);
  const { ca, cert, key } = tls;
  // Never closed: calls of before an edit may still be under way with it.
  const client = Deno.createHttpClient({
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  });
  return (request) => fetch(request, { client });
}

/**
 * What cannot be used of these certificates. Asked first, as Deno 2.6 ends the whole process where it is handed a client's
 * key that does not fit, or a certificate that it cannot read; a listener is told in an error.
 */
export function tlsTrouble({ ca, cert, key }: ClientTls): TlsTrouble | undefined {
  if (ca !== undefined) {
    try {
      Deno.createHttpClient({ caCerts: [ca] }).close();
    } catch (error) {
      return { part: "ca", why: `cannot be used: ${(error as Error).message}` };
    }
  }
  if (cert === undefined || key === undefined) return undefined;
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key }).close();
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (/KeyMismatch|key values mismatch/i.test(message)) {
      return { part: "key", why: "is the key of another certificate: expected the one of client_cert_file" };
    }
    const part = /private key/i.test(message) ? "key" : "cert";
    return { part, why: `cannot be used: ${message}` };
  }
}

/**
 * `fetch` over the unix socket at `socketPath`; the host in the request's URL is not looked up.
 * A request rejects as `fetch` does: when no server listens, its cause tells that the connection failed.
 */
export function httpOver(socketPath: string): Http {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socketPath } });
  return (request) => fetch(request, { client });
}
