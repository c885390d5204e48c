// /notify: the channels, what waits for them, and a message of each kind to try one out.

import { createRoute } from "@hono/zod-openapi";
import { NotifyTestView, NotifyView } from "../ports/views/notify.ts";
import { json, problems } from "./answers.ts";
import type { Api, ApiDeps } from "./deps.ts";
import { ChannelParam } from "./inputs.ts";
import { Problem } from "./problems.ts";

const list = createRoute({
  method: "get",
  path: "/notify",
  summary: "Channels, rules, and what waits to be sent",
  description: "Addresses and secrets of channels are not shown.",
  tags: ["operating"],
  responses: { 200: json(NotifyView, "As of now."), ...problems() },
});

const test = createRoute({
  method: "post",
  path: "/notify/{channel}/test",
  summary: "Send a channel one message of each kind",
  description: "At once and beside the outbox; 200 whatever becomes of them: each says whether it was taken.",
  tags: ["operating"],
  request: { params: ChannelParam },
  responses: { 200: json(NotifyTestView, "What became of each."), ...problems(400, 404) },
});

/** Adds the routes. */
export function addNotify(api: Api, { operations }: ApiDeps): void {
  api.openapi(list, async (c) => c.json(await operations.notifications(), 200));

  api.openapi(test, async (c) => {
    const { channel } = c.req.valid("param");
    const view = await operations.testChannel(channel);
    if (view !== undefined) return c.json(view, 200);
    const names = (await operations.notifications()).channels.map(({ name }) => name);
    throw new Problem(
      404,
      `There is no channel '${channel}': ${
        names.length === 0 ? "notify.channels declares none" : `there are ${names.join(", ")}`
      }`,
    );
  });
}
