// Who asks, and what each endpoint asks of them. Everything not named in RULES is refused.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSameBytes } from "../domain/bytes.ts";
import { foreignHost, foreignPage } from "../domain/http/foreign_page.ts";
import type { PeerInfo } from "../ports/host.ts";
import type { Caller } from "../ports/operations.ts";
import { createPasswordCheck, type User } from "./passwords.ts";
import { Problem } from "./problems.ts";

/** How callers over TCP are told apart. The unix socket is admin in every case: its file mode is its lock. */
export type Auth =
  | {
    kind: "named";
    /** Programs, by the SHA-256 of their token in hexadecimal. */
    tokens: readonly { name: string; role: Role; hash: string }[];
    /** People, by name and password. */
    users: readonly User[];
    /** /metrics asks nothing of anybody. */
    openMetrics: boolean;
  }
  /** Nobody is named: TCP may read and trigger. */
  | { kind: "default" }
  /** All is open to whoever reaches the port. */
  | { kind: "none" };

type Role = "viewer" | "operator" | "admin";

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
  "GET /audit": "viewer",
  "GET /audit/head": "viewer",
  // It takes long where the trail is long.
  "POST /audit/verify": "admin",
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
  "DELETE /jobs/{job}": "admin",
  "POST /jobs/{job}/trigger": "trigger",
  "POST /jobs/{job}/pause": "operator",
  "POST /jobs/{job}/resume": "operator",
  "POST /jobs/{job}/check": "operator",
  "POST /jobs/{job}/locks": "operator",
  "POST /jobs/{job}/unlock": "admin",
  "GET /jobs/{job}/forecast": "viewer",
  "GET /coverage": "viewer",
  "GET /jobs/{job}/coverage": "viewer",
  "GET /jobs/{job}/retention": "viewer",
  "POST /jobs/{job}/retention": "operator",
  "POST /jobs/{job}/retention/approve": "admin",
  "POST /jobs/{job}/import": "admin",
  "POST /jobs/{job}/migrate": "admin",
};

/**
 * What is asked of whoever is to hear that there is no such endpoint: nothing where another method of the path is open,
 * else as little as of any endpoint that is not.
 */
export function accessOfNothing(path: string, auth: Auth): Access {
  return accessOf(`GET ${path}`, false, auth) === "open" ? "open" : "viewer";
}

/** What an endpoint asks for now; undefined where it has no rule. `verbose`: more of it is asked for. */
export function accessOf(endpoint: string, verbose: boolean, auth: Auth): Access | undefined {
  if (endpoint === "GET /metrics" && auth.kind === "named" && auth.openMetrics) return "open";
  return (verbose ? RULES[`${endpoint}?verbose`] : undefined) ?? RULES[endpoint];
}

/** Finds out who asks; null when somebody must be named and nobody, or a wrong one, was. */
type Identify = (auth: Auth, request: Request, peer: PeerInfo) => Promise<Caller | null>;

/**
 * Makes the check of credentials.
 * Rejects with what only a web page of a stranger would send (421, 403), and while too many passwords wait (429).
 */
export function createIdentify(hostnames: readonly string[]): Identify {
  const ours = new Set(hostnames.map((name) => name.toLowerCase()));
  const passwords = createPasswordCheck();
  return async (auth, request, peer) => {
    if (peer.local) return { name: "socket", role: "admin", isLocal: true };
    if (auth.kind !== "named") {
      // A stranger's page may be served from a name that was made to point here.
      refuseForeignHost(request, ours);
      refuseForeignPage(request);
      return { name: "anonymous", role: auth.kind === "none" ? "admin" : "trigger" };
    }
    const [, scheme, sent] = CREDENTIALS.exec(request.headers.get("authorization") ?? "") ?? [];
    if (scheme?.toLowerCase() === "bearer") return tokenCaller(auth.tokens, sent!);
    if (scheme === undefined) return null;
    const caller = await passwords(auth.users, sent!);
    // A browser sends a password it knows along with what any page asks of us.
    if (caller !== null) refuseForeignPage(request);
    return caller;
  };
}

const CREDENTIALS = /^(Bearer|Basic) +(\S+) *$/i;

/** Whoever's token the request shows; null: none that is in force. */
export function tokenCallerOf({ tokens }: Auth & { kind: "named" }, request: Request): Caller | null {
  const [, scheme, sent] = CREDENTIALS.exec(request.headers.get("authorization") ?? "") ?? [];
  return scheme?.toLowerCase() === "bearer" ? tokenCaller(tokens, sent!) : null;
}

function tokenCaller(
  tokens: readonly { name: string; role: Role; hash: string }[],
  sent: string,
): Caller | null {
  const bytes = new TextEncoder();
  const hash = bytes.encode(bytesToHex(sha256(bytes.encode(sent))));
  let caller: Caller | null = null;
  // No early end: how long it takes must not tell which token was nearly right.
  for (const { name, role, hash: known } of tokens) {
    if (isSameBytes(bytes.encode(known), hash)) caller = { name, role };
  }
  return caller;
}

/** Throws the problem of a caller who may not do this; `auth` decides what would help. */
export function demand(access: Access, caller: Caller | null, auth: Auth, request: Request): void {
  if (access === "open") return;
  if (caller === null) throw strangerProblem(auth, request.headers.get("authorization"));
  if (RANK[caller.role] >= RANK[access]) return;
  const help = auth.kind === "named"
    ? `'${caller.name}' is ${caller.role}`
    : "without tokens TCP may only read and trigger; use the unix socket, or set server.auth.tokens";
  throw new Problem(403, `This needs the role ${access}: ${help}`);
}

function strangerProblem(auth: Auth, sent: string | null): Problem {
  const hasUsers = auth.kind === "named" && auth.users.length > 0;
  const isBasic = hasUsers && /^Basic /i.test(sent ?? "");
  const challenges = [
    // First: some browsers look at one challenge only.
    ...(hasUsers ? ['Basic realm="schelly", charset="UTF-8"'] : []),
    `Bearer realm="schelly"${sent === null || isBasic ? "" : ', error="invalid_token"'}`,
  ];
  const wanted = hasUsers ? "a token, or a name and password" : "a token";
  const detail = isBasic
    ? "The name or the password is wrong"
    : sent === null
    ? `This server needs ${wanted}: send the header 'Authorization: Bearer TOKEN'`
    : "The token is not known to this server";
  return new Problem(401, detail, {}, { "www-authenticate": challenges.join(", ") });
}

function refuseForeignHost(request: Request, ours: ReadonlySet<string>): void {
  const host = foreignHost(request, ours);
  if (host === undefined) return;
  throw new Problem(
    421,
    `The host '${host}' is not one of this server's names: without tokens expected an IP address, a name without a ` +
      "dot, or the host of server.listen; or set server.auth.tokens",
  );
}

/** Where nothing but the browser stands for who asks, only our own pages may change anything. */
function refuseForeignPage(request: Request): void {
  const page = foreignPage(request);
  if (page === undefined) return;
  throw new Problem(
    403,
    `A page of '${page}' may not ask this: only our own may, or a program that sends a token`,
  );
}
