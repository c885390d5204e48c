// The cookie that carries a session.

import { parse } from "hono/utils/cookie";
import type { PeerInfo } from "../ports/host.ts";

/** As long as any session: the server ends it sooner. */
const LONGEST_S = 7 * 24 * 3_600;

/** Whether the browser speaks TLS, to us or to the trusted proxy before us. */
export function isSecure({ url, headers }: Request, { proxy }: PeerInfo): boolean {
  if (url.startsWith("https:")) return true;
  const [forwarded] = headers.get("x-forwarded-proto")?.split(",") ?? [];
  return proxy !== undefined && forwarded?.trim() === "https";
}

/** The token that the browser holds; undefined where it holds none. */
export function sessionToken(request: Request, peer: PeerInfo): string | undefined {
  const header = request.headers.get("cookie");
  if (header === null) return undefined;
  const name = nameOf(request, peer);
  const token = parse(header, name)[name];
  return token === undefined || token === "" ? undefined : token;
}

/** The header that hands a token to the browser, or takes it back. */
export function setCookie(token: string | null, base: string, request: Request, peer: PeerInfo): string {
  const secure = isSecure(request, peer) ? "; Secure" : "";
  const age = `; Max-Age=${token === null ? 0 : LONGEST_S}`;
  return `${nameOf(request, peer)}=${token ?? ""}; Path=${base}/; HttpOnly; SameSite=Strict${secure}${age}`;
}

/** Browsers keep cookies of all ports of a host together: each of our servers there has a name of its own. */
function nameOf({ url, headers }: Request, { proxy }: PeerInfo): string {
  const forwarded = proxy === undefined ? null : headers.get("x-forwarded-host");
  const host = forwarded ?? headers.get("host") ?? new URL(url).host;
  return `schelly_${/:(\d{1,5})$/.exec(host)?.[1] ?? "session"}`;
}
