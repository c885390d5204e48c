// Who may ask, and what each endpoint asks of them. Everything not named in RULES is refused.

import type { Caller } from "../ports/operations.ts";
import type { User } from "./passwords.ts";
import { Problem } from "./problems.ts";

/** How callers over TCP are told apart. The unix socket is admin in every case: its file mode is its lock. */
export type Auth =
  | {
    kind: "named";
    /** Programs. */
    tokens: readonly Token[];
    /** People, by name and password. */
    users: readonly User[];
    /** People whom a trusted proxy has logged in; absent: none does. */
    proxy?: ProxyAuth;
    /** /metrics asks nothing of anybody. */
    openMetrics: boolean;
  }
  /** Nobody is named: TCP may read and trigger. */
  | { kind: "default" }
  /** All is open to whoever reaches the port. */
  | { kind: "none" };

/** What a program shows. */
export interface Token {
  name: string;
  role: Role;
  /** The SHA-256 of it in hexadecimal. */
  hash: string;
  /** From when on it is refused (UTC ms); absent: never. */
  expires?: number;
}

/** How a trusted proxy tells whom it has logged in. */
export interface ProxyAuth {
  /** Names of headers, in lower case. */
  user: string;
  groups?: string;
  /** By group. */
  roles: Readonly<Record<string, Role>>;
  /** Of whoever is in none of these; absent: they are refused. */
  role?: Role;
}

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
  "GET /recovery-sheet": "operator",
  "GET /config/callers": "admin",
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
  "POST /state/compact": "admin",
  // Either word lifts a stop: what is accepted lets others go, what is rejected goes.
  "POST /backups/{id}/accept": "admin",
  "POST /backups/{id}/reject": "admin",
  "POST /backups/{id}/unlock": "admin",
  "GET /backups/{id}/verification": "viewer",
  "POST /backups/{id}/verify": "operator",
  // What files are called may be as secret as what is in them.
  "GET /backups/{id}/files": "operator",
  "POST /backups/{id}/restore": "admin",
  "GET /operations": "viewer",
  "GET /operations/{op}": "viewer",
  "POST /operations/{op}/cancel": "admin",
  "GET /runs": "viewer",
  "GET /runs/{run_id}": "viewer",
  "POST /runs/{run_id}/cancel": "operator",
  "GET /jobs": "viewer",
  "GET /jobs/{job}": "viewer",
  "DELETE /jobs/{job}": "admin",
  "POST /jobs/{job}": "admin",
  "PUT /jobs/{job}": "admin",
  // What a job runs and where may be as secret as its configuration.
  "GET /jobs/{job}/file": "operator",
  "POST /jobs/{job}/trigger": "trigger",
  "POST /jobs/{job}/pause": "operator",
  "POST /jobs/{job}/resume": "operator",
  "POST /jobs/{job}/check": "operator",
  "POST /jobs/{job}/locks": "operator",
  "POST /jobs/{job}/unlock": "admin",
  "GET /jobs/{job}/forecast": "viewer",
  "GET /jobs/{job}/departures": "viewer",
  "GET /calendar/deletions": "viewer",
  "GET /coverage": "viewer",
  "GET /status": "viewer",
  "GET /notify": "viewer",
  "POST /notify/{channel}/test": "operator",
  "GET /jobs/{job}/coverage": "viewer",
  "GET /jobs/{job}/days": "viewer",
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

/** Whether this caller may ask for an endpoint such as `PUT /freeze`. */
export function mayAsk(endpoint: string, caller: Caller | null, auth: Auth): boolean {
  const access = accessOf(endpoint, false, auth);
  return access !== undefined && RANK[caller?.role ?? "open"] >= RANK[access];
}

/** The higher of two roles. */
export function higherRole(a: Role | undefined, b: Role | undefined): Role | undefined {
  return RANK[a ?? "open"] >= RANK[b ?? "open"] ? a : b;
}

/** Throws the problem of a caller who may not do this; `auth` decides what would help. */
export function demand(access: Access, caller: Caller | null, auth: Auth, request: Request): void {
  if (access === "open") return;
  if (caller === null) throw strangerProblem(auth, request.headers.get("authorization"));
  if (RANK[caller.role] >= RANK[access]) return;
  // Starting a backup asks for less only where there are no names.
  const role = access === "trigger" ? "operator" : access;
  const help = auth.kind === "named"
    ? `'${caller.name}' is ${caller.role}`
    : "without tokens TCP may only read and trigger: set server.socket and ask there, or give a token with the role " +
      `${role} in server.auth.tokens`;
  throw new Problem(403, `This needs the role ${role}: ${help}`);
}

function strangerProblem(auth: Auth, sent: string | null): Problem {
  const hasUsers = auth.kind === "named" && auth.users.length > 0;
  const isBasic = hasUsers && /^Basic /i.test(sent ?? "");
  const challenges = [
    // First: some browsers look at one challenge only.
    ...(hasUsers ? ['Basic realm="schelly", charset="UTF-8"'] : []),
    `Bearer realm="schelly"${sent === null || isBasic ? "" : ', error="invalid_token"'}`,
  ];
  const isProxyOnly = auth.kind === "named" && auth.users.length + auth.tokens.length === 0;
  const wanted = isProxyOnly
    ? "to be asked through a proxy of server.trusted_proxies that names the user, or a token"
    : hasUsers
    ? "a token, or a name and password"
    : "a token";
  const detail = isBasic
    ? "The name or the password is wrong"
    : sent === null
    ? `This server needs ${wanted}: send the header 'Authorization: Bearer TOKEN'`
    : "The token is not valid";
  return new Problem(401, detail, {}, { "www-authenticate": challenges.join(", ") });
}
