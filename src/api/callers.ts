// Who may ask over TCP, until when, and when they last did.

import { createRoute } from "@hono/zod-openapi";
import { expiryOf } from "../domain/expiry.ts";
import { iso } from "../domain/instant.ts";
import { CallerView } from "../ports/views/server.ts";
import { json, problems } from "./answers.ts";
import type { ProxyAuth } from "./auth.ts";
import type { Api, ApiDeps } from "./deps.ts";
import type { LastUses } from "./last_uses.ts";

const callers = createRoute({
  method: "get",
  path: "/config/callers",
  summary: "Who may ask over TCP, until when, and when they last did",
  description: "Tokens and users of the configuration in force; their secrets are not shown.",
  tags: ["operating"],
  responses: {
    200: json(CallerView.array(), "The callers, tokens first; none where nobody is named."),
    ...problems(),
  },
});

/** Adds the route of callers. */
export function addCallers(api: Api, { auth, clock }: ApiDeps, uses: LastUses): void {
  api.openapi(callers, (c) => c.json(callerViews(auth, uses, clock.now()), 200));
}

function callerViews(auth: ApiDeps["auth"], uses: LastUses, now: number): CallerView[] {
  const named = auth();
  if (named.kind !== "named") return [];
  return [
    ...named.tokens.map((token): CallerView => ({
      kind: "token",
      name: token.name,
      role: token.role,
      state: expiryOf(token, now),
      expires: iso(token.expires ?? null),
      last_used: iso(uses.last("token", token.hash)),
    })),
    ...named.users.map(({ name, role }): CallerView => ({
      kind: "user",
      name,
      role,
      state: "valid",
      expires: null,
      last_used: iso(uses.last("user", name)),
    })),
    ...groupsOf(named.proxy).map(([name, role]): CallerView => ({
      kind: "group",
      name,
      role,
      state: "valid",
      expires: null,
      last_used: iso(uses.last("group", name)),
    })),
  ];
}

/** Groups with their roles; `*` for whoever is in none of them, where they have one. */
function groupsOf(proxy: ProxyAuth | undefined): [string, string][] {
  if (proxy === undefined) return [];
  return [
    ...Object.entries(proxy.roles),
    ...(proxy.role === undefined ? [] : [["*", proxy.role] as [string, string]]),
  ];
}
