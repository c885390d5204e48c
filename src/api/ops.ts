// What operating Schelly needs: health, metrics, reload, trust in the clock, and the way to all of it.

import { createRoute, z } from "@hono/zod-openapi";
import { ClockTrustView, ReadinessView, ReloadView, SettingView } from "../ports/views/server.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { addEvents } from "./events.ts";
import { probeAnswer } from "./probes.ts";
import { Problem } from "./problems.ts";
import { streamed } from "./streamed.ts";

const text = (description: string) => ({ description, content: { "text/plain": { schema: z.string() } } });

const landing = createRoute({
  method: "get",
  path: "/",
  summary: "Where to look",
  tags: ["operating"],
  responses: { 200: json(z.record(z.string(), z.string()), "Addresses."), ...problems() },
});

const live = createRoute({
  method: "get",
  path: "/livez",
  summary: "Whether the process answers",
  tags: ["operating"],
  security: [],
  responses: { 200: text("It does.") },
});

const readyRoute = <P extends "/readyz" | "/healthz">(path: P) =>
  createRoute({
    method: "get",
    path,
    summary: "Whether it can do its work",
    description: "?verbose shows each check (needs the role viewer where there are tokens). " +
      "A guard that stops deletions and a job that is unwell show there and do not make it unready; of many such jobs 20, and how many more.",
    tags: ["operating"],
    security: [],
    request: {
      query: z.object({ verbose: z.string().optional().openapi({ param: { allowEmptyValue: true } }) }),
    },
    responses: {
      200: json(ReadinessView, "It can."),
      503: json(ReadinessView, "It cannot."),
      401: problems()[401],
    },
  });

const metrics = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Prometheus metrics",
  tags: ["operating"],
  responses: { 200: text("Text format 0.0.4."), ...problems() },
});

const reload = createRoute({
  method: "post",
  path: "/-/reload",
  summary: "Read the configuration again",
  description: "All of it is checked first; an invalid one changes nothing.",
  tags: ["operating"],
  responses: {
    200: json(ReloadView, "What changed."),
    ...problems(422),
  },
});

const settings = createRoute({
  method: "get",
  path: "/config",
  summary: "Every value of the configuration in force",
  description: "Secrets are not shown.",
  tags: ["operating"],
  responses: { 200: json(SettingView.array(), "The values, in the order of the document."), ...problems() },
});

const trust = createRoute({
  method: "post",
  path: "/clock/trust",
  summary: "Say that the clock is right",
  description: "Ends the stop of deletions that a jump of the clock began.",
  tags: ["operating"],
  responses: {
    200: json(ClockTrustView, "It is trusted."),
    ...problems(),
  },
});

const document = createRoute({
  method: "get",
  path: "/openapi.json",
  summary: "This API as OpenAPI 3.1",
  tags: ["operating"],
  responses: { 200: json(z.record(z.string(), z.any()), "The document."), ...problems() },
});

/** Adds the routes of operating. */
export function addOps(api: Api, deps: ApiDeps): void {
  addLooks(api, deps);
  addEvents(api, deps);
  addControls(api, deps);
  addDocument(api, deps);
}

/** Where to look, and how it is. */
function addLooks(api: Api, { operations, version, basePath }: ApiDeps): void {
  api.openapi(landing, (c) => {
    const base = basePath?.() ?? "";
    return c.json({
      name: "Schelly",
      version,
      backups: `${base}/backups`,
      runs: `${base}/runs`,
      jobs: `${base}/jobs`,
      status: `${base}/status`,
      events: `${base}/events`,
      audit: `${base}/audit`,
      metrics: `${base}/metrics`,
      ready: `${base}/readyz?verbose`,
      openapi: `${base}/openapi.json`,
    }, 200);
  });

  api.openapi(live, (c) => c.text("ok\n", 200));

  for (const path of ["/readyz", "/healthz"] as const) {
    api.openapi(readyRoute(path), async (c) => {
      // The plain answer is for probes; the words of the checks name jobs and providers.
      const isVerbose = c.req.valid("query").verbose !== undefined;
      const readiness = await operations.readiness(isVerbose);
      const { body, status } = probeAnswer(path, readiness);
      return c.json(isVerbose ? { ...body, checks: readiness.checks } : body, status);
    });
  }

  api.openapi(metrics, async () => {
    return await streamed<string, "text">(operations.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  });
}

/** What an operator reads and does. */
function addControls(api: Api, { operations }: ApiDeps): void {
  api.openapi(reload, async (c) => {
    const outcome = await operations.reload(c.get("caller")!.name);
    if (!outcome.ok) {
      throw new Problem(422, "The configuration is not valid: nothing was changed", {
        errors: outcome.messages.map((message) => ({ field: "configuration", message })),
      });
    }
    return c.json(outcome, 200);
  });

  api.openapi(settings, async (c) => c.json(await operations.settings(), 200));

  api.openapi(trust, async (c) => {
    await operations.trustClock(c.get("caller")!);
    return c.json({ trusted: true }, 200);
  });
}

/** The document, made when it is first asked for: then every route is there. */
function addDocument(api: Api, { version, basePath }: ApiDeps): void {
  let built: Record<string, unknown> | undefined;
  api.openapi(document, (c) => {
    built ??= api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: { title: "Schelly", version, description: "A backup scheduler. Errors are RFC 9457 problems." },
      security: [{ token: [] }, { password: [] }],
    }) as unknown as Record<string, unknown>;
    const base = basePath?.();
    return c.json(base === undefined ? built : { ...built, servers: [{ url: base }] }, 200);
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  api.openAPIRegistry.registerComponent("securitySchemes", "password", { type: "http", scheme: "basic" });
}
