// Events as a list and as a stream.

import { createRoute, z } from "@hono/zod-openapi";
import type { EventQuery } from "../ports/queries.ts";
import { EventView } from "../ports/views/event.ts";
import { problems, published } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { eventStream } from "./event_stream.ts";
import { EventsQuery } from "./inputs.ts";
import { nextLink } from "./links.ts";
import { badRequest, Problem } from "./problems.ts";
import { eventView } from "./views.ts";

/** Streams of events open at once. */
const MAX_STREAMS = 100;

const events = createRoute({
  method: "get",
  path: "/events",
  summary: "What happened",
  description:
    "JSON: newest first, or oldest first with 'after'. With 'Accept: text/event-stream': a stream that " +
    "begins after Last-Event-ID (or 'after', else now) and goes on as things happen.",
  tags: ["operating"],
  request: { query: EventsQuery },
  responses: {
    200: {
      description: "The events.",
      content: {
        "application/json": { schema: published(EventView.array()) },
        "text/event-stream": { schema: z.string() },
      },
    },
    ...problems(400),
  },
});

/** Adds the route of events. */
export function addEvents(api: Api, deps: ApiDeps): void {
  const { reads } = deps;
  let streams = 0;
  api.openapi(events, async (c) => {
    const { job, run, type, after, limit = 1000 } = c.req.valid("query");
    const filter: Pick<EventQuery, "job" | "runId" | "type"> = { job, runId: run, type };
    if (!c.req.header("accept")?.includes("text/event-stream")) {
      const found = await reads.events({ ...filter, after, limit, ascending: after !== undefined });
      const isFull = after !== undefined && found.length === limit;
      const last = isFull ? String(found.at(-1)!.seq) : undefined;
      return c.json(found.map(eventView), 200, nextLink(c.req.url, "after", last));
    }
    const headers = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" };
    const seen = lastEventId(c.req.header("last-event-id")) ?? after;
    const from = seen ?? (await reads.events({ limit: 1 }))[0]?.seq ?? 0;
    if (c.req.method === "HEAD") return c.body(null, 200, headers);
    if (streams >= MAX_STREAMS) {
      throw new Problem(503, `${MAX_STREAMS} event streams are open already`, {}, { "retry-after": "30" });
    }
    streams++;
    const auth = deps.auth();
    const ends = c.get("identity")?.expires ?? Infinity;
    const isWelcome = () => c.env.peer.local || deps.auth() === auth && deps.clock.now() < ends;
    const ports = { ...deps, isWelcome };
    return c.body(eventStream(ports, filter, from, () => streams--), 200, headers);
  });
}

function lastEventId(header: string | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  if (/^\d{1,15}$/.test(header)) return Number(header);
  throw badRequest("headers", [{
    field: "last-event-id",
    message: `is '${header.slice(0, 80)}': expected the id of an event of this stream`,
  }]);
}
