// A message as a CloudEvent in structured JSON, signed by Standard Webhooks. Loaded with the first webhook: its packages
// are none that a start should wait for.

import { CloudEvent, HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import type { Message } from "./delivery.ts";

/** Body and headers; `webhook-id` is the event's id. `now`: when it is sent (UTC ms). */
export function signedEvent(
  { id, createdAt, notice }: Message,
  source: string,
  secret: string | null,
  now: number,
): { body: string; headers: Record<string, string> } {
  const event = new CloudEvent({
    id,
    source,
    type: `schelly.notice.${notice.news}`,
    time: new Date(createdAt).toISOString(),
    ...(notice.jobs.length === 1 ? { subject: notice.jobs[0]!.job } : {}),
    datacontenttype: "application/json",
    data: notice,
  });
  const { headers: structured, body: written } = HTTP.structured(event);
  const body = String(written);
  const headers = { "content-type": String(structured["content-type"] ?? "application/cloudevents+json") };
  if (secret === null) return { body, headers };
  const signature = new Webhook(secret).sign(id, new Date(now), body);
  return {
    body,
    headers: {
      ...headers,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now / 1000)),
      "webhook-signature": signature,
    },
  };
}
