// Who asks, and what each endpoint asks of them. Everything not named in RULES is refused.

import type { PeerInfo } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";
import { Problem } from "./problems.ts";

/** How callers over TCP are told apart. The unix socket is admin in every case: its file mode is its lock. */
export type Auth =
  | {
    kind: "tokens";
    tokens: readonly { name: string; role: "viewer" | "operator" | "admin"; token: string }[];
  }
  /** No tokens: TCP may read and trigger. */
  | { kind: "default" }
  /** All is open to whoever reaches the port. */
  | { kind: "none" };

/** What an endpoint asks for: a role or more, or nothing at all. */
export type Access = "open" | Caller["role"];

const RANK: Record<Access, number> = { open: 0, viewer: 1, trigger: 2, operator: 3, admin: 4 };

/** Every endpoint and the role it needs; with `?verbose` where asking for more asks for more. */
export const RULES: Readonly<Record<string, Access>> = {
  "GET /": "viewer",
  "GET /openapi.json": "viewer",
  "GET /livez": "open",
  "GET /readyz": "open",
  "GET /readyz?verbose": "viewer",
  "GET /healthz": "open",
  "GET /healthz?verbose": "viewer",
  "GET /metrics": "viewer",
  "GET /events": "viewer",
  "POST /-/reload": "admin",
  "GET /config": "operator",
  "POST /clock/trust": "admin",
  "GET /backups": "viewer",
  "POST /backups": "trigger",
  "GET /backups/{id}": "viewer",
  "GET /backups/{id}/explain": "viewer",
  "DELETE /backups/{id}": "admin",
  // A hold or freeze that ends earlier than it would have is a release: that needs admin as well.
  "PUT /backups/{id}/hold": "operator",
  "DELETE /backups/{id}/hold": "admin",
  "GET /freeze": "viewer",
  "PUT /freeze": "operator",
  "DELETE /freeze": "admin",
  "POST /state/snapshot": "admin",
  // Either word lifts a stop: what is accepted lets others go, what is rejected goes.
  "POST /backups/{id}/accept": "admin",
  "POST /backups/{id}/reject": "admin",
  "GET /runs": "viewer",
  "GET /runs/{run_id}": "viewer",
  "POST /runs/{run_id}/cancel": "operator",
  "GET /jobs": "viewer",
  "GET /jobs/{job}": "viewer",
  "POST /jobs/{job}/trigger": "trigger",
  "POST /jobs/{job}/pause": "operator",
  "POST /jobs/{job}/resume": "operator",
  "POST /jobs/{job}/check": "operator",
  "GET /jobs/{job}/forecast": "viewer",
  "GET /coverage": "viewer",
  "GET /jobs/{job}/coverage": "viewer",
  "GET /jobs/{job}/retention": "viewer",
  "POST /jobs/{job}/retention": "operator",
  "POST /jobs/{job}/retention/approve": "admin",
  "POST /jobs/{job}/import": "admin",
  "POST /jobs/{job}/migrate": "admin",
};

/** Finds out who asks; null when tokens are needed and none, or a wrong one, was sent. */
export type Identify = (request: Request, peer: PeerInfo) => Promise<Caller | null>;

/**
 * Makes the check of credentials.
 * Where TCP needs none, the answer is refused (421, 403) to what only a web page of a stranger would send.
 */
export function createIdentify(auth: Auth, hostnames: readonly string[]): Identify {
  if (auth.kind === "tokens") {
    const hashed = Promise.all(
      auth.tokens.map(async ({ name, role, token }) => ({ name, role, hash: await sha256(token) })),
    );
    return async (request, peer) => {
      if (peer.local) return { name: "socket", role: "admin" };
      const sent = /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
      if (sent === undefined) return null;
      const hash = await sha256(sent);
      let caller: Caller | null = null;
      // No early end: how long it takes must not tell which token was nearly right.
      for (const token of await hashed) {
        if (isSame(token.hash, hash)) caller = { name: token.name, role: token.role };
      }
      return caller;
    };
  }
  const role = auth.kind === "none" ? "admin" : "trigger";
  const known = new Set(hostnames.map((name) => name.toLowerCase()));
  return (request, peer) => {
    if (peer.local) return Promise.resolve({ name: "socket", role: "admin" });
    refuseStrangers(request, known);
    return Promise.resolve({ name: "anonymous", role });
  };
}

/** Throws the problem of a caller who may not do this; `auth` decides what would help. */
export function demand(access: Access, caller: Caller | null, auth: Auth, sentToken: boolean): void {
  if (access === "open") return;
  if (caller === null) {
    const detail = sentToken
      ? "The token is not known to this server"
      : "This server needs a token: send the header 'Authorization: Bearer TOKEN'";
    throw new Problem(401, detail, {}, {
      "www-authenticate": `Bearer realm="schelly"${sentToken ? ', error="invalid_token"' : ""}`,
    });
  }
  if (RANK[caller.role] >= RANK[access]) return;
  const help = auth.kind === "tokens"
    ? `'${caller.name}' is ${caller.role}`
    : "without tokens TCP may only read and trigger; use the unix socket, or set server.auth.tokens";
  throw new Problem(403, `This needs the role ${access}: ${help}`);
}

/** Ends of names that no public DNS answers for, so no stranger can point them at this machine. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".internal", ".svc"];

/**
 * Without credentials a browser on this machine or network is the danger: a stranger's page may be served from a
 * name that was made to point here (Host differs), or may post to us from its own origin (Origin differs).
 */
function refuseStrangers(request: Request, known: ReadonlySet<string>): void {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!isOurName(host, known)) {
    throw new Problem(
      421,
      `The host '${
        host.slice(0, 80)
      }' is not one of this server's names: without tokens expected an IP address, ` +
        "a name without a dot, or the host of server.listen; or set server.auth.tokens",
    );
  }
  const origin = request.headers.get("origin");
  if (request.method === "GET" || request.method === "HEAD" || origin === null) return;
  if (hostOf(origin) !== hostOf(`http://${host}`)) {
    throw new Problem(
      403,
      `A page of '${origin.slice(0, 80)}' may not ask this: without tokens only our own may`,
    );
  }
}

function isOurName(host: string, known: ReadonlySet<string>): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  const isAddress = name.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return isAddress || !name.includes(".") || known.has(name) ||
    PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix));
}

/** The name in a Host header, without port and final dot; undefined when it is none. */
function nameOf(host: string): string | undefined {
  if (!/^[A-Za-z0-9.:_[\]-]+$/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host;
  } catch {
    return undefined;
  }
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Looks at every byte of both, whatever the first ones say. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0);
  return different === 0;
}
