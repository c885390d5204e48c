// /audit: the events that are chained by digest, the head to keep elsewhere, and a look whether all fits together.

import { createRoute } from "@hono/zod-openapi";
import { formatHead, HEAD_EXPECTED, parseHead } from "../domain/trail_head.ts";
import { AuditEventView, AuditHeadView, AuditReportView } from "../ports/views/audit.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { AuditQuery, readJson, VerifyBody } from "./inputs.ts";
import { nextLink } from "./links.ts";
import { badRequest } from "./problems.ts";
import { eventView } from "./views.ts";

const list = createRoute({
  method: "get",
  path: "/audit",
  summary: "The audit trail: callers, configuration, deletions, guards and their answers",
  description: "Each event with its number and digest; newest first, or oldest first with 'after'.",
  tags: ["audit"],
  request: { query: AuditQuery },
  responses: { 200: json(AuditEventView.array(), "The events."), ...problems(400) },
});

const headRoute = createRoute({
  method: "get",
  path: "/audit/head",
  summary: "Where the audit trail ends: to be kept elsewhere",
  tags: ["audit"],
  responses: { 200: json(AuditHeadView, "The head."), ...problems() },
});

const verify = createRoute({
  method: "post",
  path: "/audit/verify",
  summary: "Look whether the audit trail is whole",
  description:
    "Changes nothing. With a head that was kept elsewhere it also proves that nothing before that was " +
    "rewritten, and nothing cut off.",
  tags: ["audit"],
  middleware: readJson,
  request: { body: { required: true, content: { "application/json": { schema: VerifyBody } } } },
  responses: { 200: json(AuditReportView, "What was found."), ...problems(400, 413, 415) },
});

/** Adds the routes. */
export function addAudit(api: Api, { operations }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { after, limit = 1000 } = c.req.valid("query");
    const found = await operations.auditEvents({ after, limit });
    const isFull = after !== undefined && found.length === limit;
    const rows = found.map((event) => ({
      ...eventView(event),
      link: event.link,
      digest: event.digest,
    }));
    return c.json(rows, 200, nextLink(c.req.url, "after", isFull ? String(found.at(-1)!.link) : undefined));
  });

  api.openapi(headRoute, async (c) => {
    const { link, digest } = await operations.auditHead();
    return c.json({ head: formatHead({ link, digest }), link, digest }, 200);
  });

  api.openapi(verify, async (c) => {
    const { head } = c.req.valid("json");
    const kept = head === undefined ? null : parseHead(head);
    if (kept === undefined) throw badRequest("json", [{ field: "head", message: HEAD_EXPECTED }]);
    return c.json(await operations.verifyAudit(kept), 200);
  });
}
