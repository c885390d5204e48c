// /recovery-sheet: what is needed on the day on which Schelly is gone.

import { createRoute, z } from "@hono/zod-openapi";
import { problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";

const sheet = createRoute({
  method: "get",
  path: "/recovery-sheet",
  summary: "The sheet for the worst day",
  description:
    "Per job where its backups are, the commands that restore without Schelly, and where passwords lie, which are not " +
    "on it; then the state and the configuration. To be kept elsewhere.",
  tags: ["operating"],
  request: { query: z.object({ format: z.enum(["markdown", "html"]).optional() }) },
  responses: {
    200: {
      description: "The sheet.",
      content: { "text/markdown": { schema: z.string() }, "text/html": { schema: z.string() } },
    },
    ...problems(400),
  },
});

/** Adds the route. */
export function addRecovery(api: Api, { operations }: ApiDeps): void {
  api.openapi(sheet, async (c) => {
    const { format = "markdown" } = c.req.valid("query");
    const text = await operations.recoverySheet(format);
    return c.body(text, 200, { "content-type": `text/${format}; charset=utf-8` });
  });
}
