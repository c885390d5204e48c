// Who may call a served provider: whoever shows its token; without one, everybody but pages of strangers in a browser
// here.

import { isSameBytes } from "../../domain/bytes.ts";
import { foreignHost, foreignPage } from "../../domain/http/foreign_page.ts";
import type { Standing } from "../../ports/host.ts";
import { problem } from "./answers.ts";

export type ProviderAuth = { bearer: string } | { header: string; value: string };

/** What a caller is answered who is not let in; undefined lets in. `ours`: names of this provider in lower case. */
export function refuseCaller(
  request: Request,
  auth: ProviderAuth | undefined,
  ours: ReadonlySet<string>,
): Response | undefined {
  if (auth === undefined) return refuseStranger(request, ours);
  return mayCall(request, auth) ? undefined : unauthorized(auth);
}

/** Who is let in first when there is not room for all: a probe, and whoever shows the token. */
export function standingAt(auth: ProviderAuth | undefined): (request: Request) => Standing {
  return (request) => {
    if (request.method === "GET" && new URL(request.url).pathname === "/livez") return "probe";
    return auth !== undefined && mayCall(request, auth) ? "known" : "unknown";
  };
}

function unauthorized(auth: ProviderAuth): Response {
  const answer = problem(401, "Cannot serve this call: it has no valid credentials of this provider");
  if ("bearer" in auth) answer.headers.set("WWW-Authenticate", "Bearer");
  return answer;
}

/** What a page of a stranger is answered, whose browser reaches this provider: 421 for its name, 403 for its origin. */
function refuseStranger(request: Request, ours: ReadonlySet<string>): Response | undefined {
  const host = foreignHost(request, ours);
  if (host !== undefined) {
    return problem(
      421,
      `The host '${host}' is not one of this provider's names: without a token expected an IP address, a name ` +
        "without a dot, or the host it listens on; or let callers show a token",
    );
  }
  const page = foreignPage(request);
  if (page === undefined) return undefined;
  return problem(403, `A page of '${page}' may not ask this: only a program may`);
}

function mayCall(request: Request, auth: ProviderAuth): boolean {
  if ("bearer" in auth) {
    const [, sent] = /^Bearer +(\S+) *$/i.exec(request.headers.get("Authorization") ?? "") ?? [];
    return sent !== undefined && isSameSecret(sent, auth.bearer);
  }
  return isSameSecret(request.headers.get(auth.header) ?? "", auth.value);
}

/** Takes as long for a wrong secret as for a right one. */
function isSameSecret(given: string, expected: string): boolean {
  const encoder = new TextEncoder();
  return isSameBytes(encoder.encode(expected), encoder.encode(given));
}
