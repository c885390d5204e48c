// How a browser that was sent by a stranger's page gives itself away: by the host it was made to ask, and by the page
// that asked. It matters wherever nothing but being able to reach the port is asked of a caller.

/** What of a request is looked at; a `Request` is one. */
export interface Asked {
  method: string;
  url: string;
  headers: { get(name: string): string | null };
}

/** Ends of names that no public DNS answers for, so no stranger can point them at this machine. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".svc"];

/**
 * The host that was asked for when a stranger may have pointed its name here, at most 80 characters of it. Undefined for
 * addresses, names without a dot, private names and those in `ours` (lower case).
 */
export function foreignHost(asked: Asked, ours: ReadonlySet<string>): string | undefined {
  const host = hostOf(asked);
  return isOurs(host, ours) ? undefined : host.slice(0, 80);
}

/**
 * The origin of the page that asks for a change and is not of the host it asks, at most 80 characters of it. Undefined
 * for programs, own pages, and whatever only reads.
 */
export function foreignPage(asked: Asked): string | undefined {
  if (asked.method === "GET" || asked.method === "HEAD") return undefined;
  const origin = asked.headers.get("origin");
  // The browser's own word counts more: behind a proxy the host may be another one than it asked for.
  const site = asked.headers.get("sec-fetch-site");
  if (site === "same-origin" || site === "none") return undefined;
  if (site === null && (origin === null || hostIn(origin) === hostIn(`http://${hostOf(asked)}`))) {
    return undefined;
  }
  return (origin ?? "another site").slice(0, 80);
}

/**
 * The request as the browser sent it to the proxy, which may ask us for another host; `proxy` as in `PeerInfo`.
 */
export function askedOfProxy({ method, url, headers }: Asked, { proxy }: { proxy?: string }): Asked {
  const host = proxy === undefined ? null : headers.get("x-forwarded-host");
  const get = (name: string) => name === "host" && host !== null ? host : headers.get(name);
  return { method, url, headers: { get } };
}

function hostOf({ headers, url }: Asked): string {
  return headers.get("host") ?? new URL(url).host;
}

function isOurs(host: string, ours: ReadonlySet<string>): boolean {
  const name = nameIn(host);
  if (name === undefined) return false;
  const isAddress = name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return isAddress || !name.includes(".") || ours.has(name) ||
    PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** The name in a Host header, without port and final dot; undefined when it is none. */
function nameIn(host: string): string | undefined {
  if (!/^[A-Za-z0-9.:_[\]-]+$/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

function hostIn(url: string): string | undefined {
  try {
    return new URL(url).host;
  } catch {
    return undefined;
  }
}
