// /status: everything in one answer.

import { createRoute } from "@hono/zod-openapi";
import { StatusView } from "../ports/views/status.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";

const status = createRoute({
  method: "get",
  path: "/status",
  summary: "How everything does",
  description:
    "Jobs counted by health, those that somebody has to look at with cause and remedy, the worst first, and " +
    "what concerns more than a job. 200 whatever it says: 'well' is the answer.",
  tags: ["operating"],
  responses: { 200: json(StatusView, "As of now."), ...problems() },
});

/** Adds the route. */
export function addStatus(api: Api, { operations }: ApiDeps): void {
  api.openapi(status, async (c) => c.json(await operations.status(), 200));
}
