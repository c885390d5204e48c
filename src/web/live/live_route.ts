// The address of the stream.

import type { Hono } from "hono";
import { sessionToken } from "../cookie.ts";
import type { WebEnv, WebParts } from "../deps.ts";
import { Refused } from "../refused.ts";
import { LiveStreams } from "./live_stream.ts";

/** Adds the route. */
export function addLive(web: Hono<WebEnv>, parts: WebParts): void {
  const streams = new LiveStreams(parts);
  const { door, sessions } = parts;
  web.get("/ui/live", async (c) => {
    const seen = c.req.header("last-event-id") ?? c.req.query("after");
    const after = seen !== undefined && /^\d{1,15}$/.test(seen) ? Number(seen) : undefined;
    const rules = door.rules();
    const token = c.get("viewer").hasSession ? sessionToken(c.req.raw, c.env.peer) : undefined;
    // Looking is no sign of life: a page that is only open does not keep its session from ending.
    const isWelcome = () =>
      token === undefined ? c.env.peer.local || door.rules() === rules : sessions.isInForce(token);
    const stream = await streams.open(after, isWelcome);
    if (stream === undefined) {
      throw new Refused(503, "Too many pages are open at once: this one is not kept up to date", {
        "retry-after": "30",
      });
    }
    return c.body(stream, 200, {
      "content-type": "text/event-stream; charset=utf-8",
      "x-accel-buffering": "no",
    });
  });
}
