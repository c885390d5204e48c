// Logging in and out: by a form, and by the link of `schelly ui`.

import type { Context, Hono } from "hono";
import { iso } from "../domain/instant.ts";
import type { Identity } from "../ports/door.ts";
import type { Caller } from "../ports/operations.ts";
import { sessionToken, setCookie } from "./cookie.ts";
import type { WebEnv, WebParts } from "./deps.ts";
import { readForm } from "./form.ts";
import type { Frame } from "./layout.tsx";
import { localPath } from "./local_path.ts";
import { LoginPage } from "./pages/login_page.tsx";
import { Refused } from "./refused.ts";
import { visitOf } from "./visits.ts";

type Known = Identity & { caller: Caller };

/** Forms are bound to nobody before the log-in: their pages alone have the word. */
const NOBODY = "";

/** Adds the routes that are open to whoever has not logged in yet. */
export function addLogin(web: Hono<WebEnv>, parts: WebParts, frameOf: (c: Context<WebEnv>) => Frame): void {
  const { sessions, door } = parts;

  const show = (
    c: Context<WebEnv>,
    status: 200 | 401 | 429,
    said: { next: string; trouble?: string; name?: string },
  ) =>
    c.html(
      <LoginPage
        frame={frameOf(c)}
        ways={door.ways()}
        csrf={sessions.csrfOf(sessionToken(c.req.raw, c.env.peer), NOBODY)}
        {...said}
      />,
      status,
    );

  web.get("/ui/login", (c) => {
    const next = localPath(c.req.query("next"), parts.basePath());
    return door.ways().isNamed ? show(c, 200, { next }) : c.redirect(next, 303);
  });

  web.post("/ui/login", async (c) => {
    const fields = await readForm(c, parts, NOBODY);
    const next = localPath(fields.get("next") ?? undefined, parts.basePath());
    const [name, password, token] = ["name", "password", "token"].map((field) => fields.get(field) ?? "");
    const identity = await prove(c, parts, token === "" ? { name: name!, password: password! } : token!);
    if (identity.caller !== null && identity.refusal === undefined) {
      begin(c, parts, identity as Known);
      return c.redirect(next, 303);
    }
    c.set("identity", identity);
    const again = identity.refusal?.headers["retry-after"];
    if (again !== undefined) c.header("retry-after", again);
    const trouble = identity.refusal?.detail ??
      (token === ""
        ? "The name or the password is wrong."
        : identity.expires === undefined
        ? "The token is not one of this server's."
        : `The token expired at ${iso(identity.expires)}.`);
    return show(c, identity.refusal?.status === 429 ? 429 : 401, { next, trouble, name });
  });

  web.post("/ui/logout", async (c) => {
    const token = sessionToken(c.req.raw, c.env.peer);
    const session = token === undefined ? undefined : sessions.find(token);
    if (session !== undefined) {
      await readForm(c, parts, session.caller.name);
      sessions.end(token!);
    }
    c.header("set-cookie", setCookie(null, parts.basePath(), c.req.raw, c.env.peer));
    return c.redirect(frameOf(c).paths.logIn, 303);
  });

  web.get("/ui/link", (c) => {
    // A look ahead of the person is not the person: the link is for them, and serves once.
    if (isLookAhead(c.req.raw)) return c.body(null, 204);
    const identity = sessions.useLink(c.req.query("code") ?? "");
    if (identity === undefined) {
      throw new Refused(
        403,
        "This link logs nobody in any more: each does once, within five minutes. Ask `schelly ui` for another.",
      );
    }
    begin(c, parts, identity);
    return c.redirect(frameOf(c).paths.overview, 303);
  });

  web.post("/ui/link", async (c) => {
    const identity = await door.identify(c.req.raw, c.env.peer);
    if (identity.refusal !== undefined) throw identity.refusal;
    if (identity.caller === null || identity.by === "nothing") {
      throw new Refused(403, "Only who shows a token, or asks at the socket, is given a link that logs in");
    }
    const { token, ends } = sessions.makeLink(identity as Known);
    const path = `/ui/link?code=${token}`;
    return c.json({ path, address: parts.address() ?? null, ends: iso(ends), caller: identity.caller.name });
  });
}

/** Whether a program looks what is there: a HEAD, which Hono hands to the route of GET, or a browser's prefetch. */
function isLookAhead({ method, headers }: Request): boolean {
  return method !== "GET" ||
    ["sec-purpose", "purpose", "x-moz"].some((name) =>
      /\b(?:prefetch|prerender|preview)\b/i.test(headers.get(name) ?? "")
    );
}

function begin(c: Context<WebEnv>, { sessions, basePath, visits }: WebParts, identity: Known): void {
  const old = sessionToken(c.req.raw, c.env.peer);
  if (old !== undefined) sessions.end(old);
  c.header("set-cookie", setCookie(sessions.begin(identity), basePath(), c.req.raw, c.env.peer));
  visits.loggedIn(visitOf(c, identity, 303));
}

/** Who shows this, by the very rules that hold for programs, floods of wrong passwords included. */
async function prove(
  c: Context<WebEnv>,
  { door }: WebParts,
  shown: string | { name: string; password: string },
): Promise<Identity> {
  const headers = new Headers();
  for (const name of ["host", "origin", "sec-fetch-site", "x-forwarded-host"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  headers.set(
    "authorization",
    typeof shown === "string"
      ? `Bearer ${shown.trim()}`
      : `Basic ${base64Of(`${shown.name}:${shown.password}`)}`,
  );
  const request = new Request(c.req.url, { method: "POST", headers });
  return await door.identify(request, c.env.peer);
}

function base64Of(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
