// Channels over HTTP: webhooks of CloudEvents, ntfy, and what speaks the shape of Slack.

import type { NtfyChannel, SlackChannel, WebhookChannel } from "../../ports/notifier.ts";
import { type DeliveryParts, inTime, type Message } from "./delivery.ts";
import { HTTP_KEYS, refusal, unreachable } from "./unreachable.ts";

/** A CloudEvent in structured JSON; its id is the message's, and so is the `webhook-id` that is signed. */
export async function sendWebhook(
  channel: WebhookChannel,
  message: Message,
  parts: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const { signedEvent } = await import("./signed_event.ts");
  const { body, headers } = signedEvent(message, parts.source(), channel.secret, parts.clock.now());
  await post(channel, body, { ...channel.headers, ...headers }, parts, stop);
}

/** As JSON, posted beside the topic, so that any letter may stand in a title. */
export async function sendNtfy(
  channel: NtfyChannel,
  { notice }: Message,
  parts: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const url = new URL(channel.url);
  const [, base, topic] = /^(.*\/)([^/]+)\/?$/.exec(url.pathname)!;
  url.pathname = base!;
  const isBad = ["bad", "again", "flapping"].includes(notice.news) ||
    (notice.news === "several" && notice.jobs.some(({ well }) => !well));
  const body = {
    topic: decodeURIComponent(topic!),
    title: notice.title,
    message: notice.text,
    priority: isBad ? 4 : 3,
    tags: [isBad ? "warning" : "white_check_mark"],
    ...(notice.link === null ? {} : { click: notice.link }),
  };
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (channel.token !== null) headers.authorization = `Bearer ${channel.token}`;
  await post(
    { ...channel, url: url.href },
    JSON.stringify(body),
    headers,
    parts,
    stop,
  );
}

/** One text, its first line bold. */
export async function sendSlack(
  channel: SlackChannel,
  { notice }: Message,
  parts: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const link = notice.link === null ? "" : `\n<${notice.link}>`;
  const text = `*${escaped(notice.title)}*\n${escaped(notice.text)}${link}`;
  await post(channel, JSON.stringify({ text }), { "content-type": "application/json" }, parts, stop);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Rejects in words that show nothing of the address. A redirect is not followed: it would carry secrets elsewhere. */
async function post(
  { url, ca, timeoutMs }: { url: string; ca?: string; timeoutMs: number },
  body: string,
  headers: Record<string, string>,
  { clock, http, httpWith }: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const send = ca === undefined ? http : httpWith({ ca });
  await inTime(clock, timeoutMs, stop, async (signal) => {
    let response: Response;
    try {
      const request = new Request(url, {
        method: "POST",
        body,
        headers: { "user-agent": "schelly", ...headers },
        redirect: "manual",
        signal,
      });
      response = await send(request);
    } catch (error) {
      throw new Error(unreachable(whyOf(error, url), HTTP_KEYS));
    }
    await response.body?.cancel();
    const { status } = response;
    if (status >= 200 && status < 300) return;
    throw new Error(refusal(status));
  });
}

/** The end of the runtime's message, which begins with the address. */
function whyOf(error: unknown, url: string): string {
  const { message } = error as Error;
  return message.replace(/^.*\): (?=client error|connection|error)/s, "").replaceAll(url, "its address");
}
