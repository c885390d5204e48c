// Who asks: by the socket, a token, a password, or not at all.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { isSameBytes } from "../domain/bytes.ts";
import { expiryOf } from "../domain/expiry.ts";
import { type Asked, askedOfProxy, foreignHost, foreignPage } from "../domain/http/foreign_page.ts";
import { sourceOf } from "../domain/http/source_of.ts";
import type { EventSink } from "../ports/events.ts";
import type { Identity } from "../ports/door.ts";
import type { Clock, PeerInfo } from "../ports/host.ts";
import type { Auth, Token } from "./auth.ts";
import type { LastUses } from "./last_uses.ts";
import { createPasswordCheck } from "./passwords.ts";
import { Problem } from "./problems.ts";
import { createIgnoredHeaders, proxiedCaller } from "./proxied.ts";

/** Rejects never for what a caller sends. */
type Identify = (auth: Auth, request: Request, peer: PeerInfo) => Promise<Identity>;

/** Makes the check of credentials; it never rejects for what a caller sends. */
export function createIdentify(
  hostnames: readonly string[],
  ports: { clock: Clock; sink: EventSink; uses: LastUses },
): Identify {
  const { clock, uses } = ports;
  const ours = new Set(hostnames.map((name) => name.toLowerCase()));
  const passwords = createPasswordCheck(ports);
  const tellIgnored = createIgnoredHeaders(ports);
  return async (auth, request, peer) => {
    if (peer.local) return { caller: { name: "socket", role: "admin", isLocal: true }, by: "socket" };
    if (auth.kind !== "named") {
      const role = auth.kind === "none" ? "admin" : "trigger";
      // A stranger's page may be served from a name that was made to point here.
      const refusal = foreignHostProblem(request, ours) ?? foreignPageProblem(askedOfProxy(request, peer));
      return { caller: { name: "anonymous", role }, by: "nothing", ...(refusal && { refusal }) };
    }
    if (auth.proxy !== undefined) {
      tellIgnored(auth.proxy, request, peer);
      const found = proxiedCaller(auth.proxy, request, peer);
      // A browser sends along what lets it through the proxy with whatever any page asks of us.
      if (found !== undefined) {
        for (const group of found.groups) uses.used("group", group);
        const refusal = found.refusal ?? foreignPageProblem(askedOfProxy(request, peer));
        return { caller: found.caller, claimed: found.claimed, by: "proxy", ...(refusal && { refusal }) };
      }
    }
    const { scheme, sent } = credentialsOf(request);
    if (scheme === undefined) return { caller: null, by: sent === undefined ? "nothing" : "unreadable" };
    if (scheme === "bearer") {
      const token = tokenOf(auth.tokens, sent!);
      const shown = callerWith(token, clock.now());
      if (shown.caller !== null) uses.used("token", token!.hash);
      return { ...shown, by: "token" };
    }
    const found = await passwords(auth.users, sent!, sourceOf(peer.remote));
    if (found.caller !== null) uses.used("user", found.caller.name);
    // A browser sends a password it knows along with what any page asks of us.
    const refusal = found.refusal ??
      (found.caller === null ? undefined : foreignPageProblem(askedOfProxy(request, peer)));
    return { ...found, by: "password", ...(refusal && { refusal }) };
  };
}

/** True when the request shows a token that is in force. */
export function showsToken({ tokens }: Auth & { kind: "named" }, request: Request, now: number): boolean {
  const { scheme, sent } = credentialsOf(request);
  return scheme === "bearer" && callerWith(tokenOf(tokens, sent!), now).caller !== null;
}

/** Who shows this token now: nobody once it has expired, however right it is. */
function callerWith(
  token: Token | undefined,
  now: number,
): Pick<Identity, "caller" | "claimed" | "expires"> {
  if (token === undefined) return { caller: null };
  const { name, role, expires } = token;
  if (expiryOf(token, now) === "expired") return { caller: null, claimed: name, expires: expires! };
  return { caller: { name, role }, ...(expires === undefined ? {} : { expires }) };
}

/** `sent` without a scheme: a header that cannot be read. */
function credentialsOf({ headers }: Request): { scheme?: "bearer" | "basic"; sent?: string } {
  const header = headers.get("authorization");
  if (header === null) return {};
  const [, scheme, sent] = /^(Bearer|Basic) +(\S+) *$/i.exec(header) ?? [];
  return scheme === undefined
    ? { sent: header }
    : { scheme: scheme.toLowerCase() as "bearer" | "basic", sent: sent! };
}

function tokenOf(tokens: readonly Token[], sent: string): Token | undefined {
  const bytes = new TextEncoder();
  const hash = bytes.encode(bytesToHex(sha256(bytes.encode(sent))));
  let found: Token | undefined;
  // No early end: how long it takes must not tell which token was nearly right.
  for (const token of tokens) {
    if (isSameBytes(bytes.encode(token.hash), hash)) found = token;
  }
  return found;
}

function foreignHostProblem(request: Request, ours: ReadonlySet<string>): Problem | undefined {
  const host = foreignHost(request, ours);
  if (host === undefined) return undefined;
  return new Problem(
    421,
    `The host '${host}' is not one of this server's names: without tokens expected an IP address, a name without a ` +
      "dot, or the host of server.listen; or set server.auth.tokens",
  );
}

/** Where nothing but the browser stands for who asks, only our own pages may change anything. */
function foreignPageProblem(request: Asked): Problem | undefined {
  const page = foreignPage(request);
  if (page === undefined) return undefined;
  return new Problem(
    403,
    `A page of '${page}' may not ask this: only our own may, or a program that sends a token`,
  );
}
