// Hands a message to a channel of any kind.

import { inheritedSecrets, passedOn } from "../../domain/child_environment.ts";
import { secretHider } from "../../domain/hidden_secrets.ts";
import type { CommandChannel, EmailChannel } from "../../ports/notifier.ts";
import type { Deliver } from "./courier.ts";
import { type DeliveryParts, inTime, type Message } from "./delivery.ts";
import { sendNtfy, sendSlack, sendWebhook } from "./http_channels.ts";
import { MAIL_KEYS, unreachable } from "./unreachable.ts";

const LONGEST_SAID = 300;

/** The deliveries of one running program. */
export function createDeliver(parts: DeliveryParts): Deliver {
  // A client with certificates lasts for ever: one for each of them is enough.
  const clients = new Map<string, ReturnType<DeliveryParts["httpWith"]>>();
  const all: DeliveryParts = {
    ...parts,
    httpWith({ ca }) {
      const client = clients.get(ca) ?? parts.httpWith({ ca });
      clients.set(ca, client);
      return client;
    },
  };
  return async (channel, message, stop) => {
    switch (channel.type) {
      case "webhook":
        return await sendWebhook(channel, message, all, stop);
      case "ntfy":
        return await sendNtfy(channel, message, all, stop);
      case "slack":
        return await sendSlack(channel, message, all, stop);
      case "command":
        return await runCommand(channel, message, all, stop);
      case "email":
        return await sendEmail(channel, message, all, stop);
    }
  };
}

/** The message on standard input, as one JSON object. */
async function runCommand(
  { argv, env, timeoutMs }: CommandChannel,
  { id, createdAt, notice }: Message,
  { clock, processes, source, env: inherited }: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const passed = passedOn(inherited);
  const whole = { ...passed, ...env };
  const stdin = JSON.stringify({
    id,
    source: source(),
    time: new Date(createdAt).toISOString(),
    ...notice,
  });
  await inTime(clock, timeoutMs, stop, async (signal) => {
    const result = await processes.run({
      argv,
      env: whole,
      clearEnv: true,
      stdin: `${stdin}\n`,
      signal,
      killAfterMs: 2_000,
    })
      .catch((error) => {
        throw new Error(`'${argv[0]}' cannot be started: ${(error as Error).message}`);
      });
    signal.throwIfAborted();
    if (result.code === 0) return;
    const said = result.stderr.trim().split("\n").at(-1) || result.stdout.trim().split("\n").at(-1) || "";
    const hide = secretHider([...Object.values(env), ...inheritedSecrets(passed)]);
    const shown = hide(said).slice(0, LONGEST_SAID);
    throw new Error(`'${argv[0]}' ended with ${result.code}${shown === "" ? "" : `: ${shown}`}`);
  });
}

async function sendEmail(
  { server, from, to, timeoutMs }: EmailChannel,
  { id, createdAt, notice }: Message,
  { clock, mail }: DeliveryParts,
  stop: AbortSignal,
): Promise<void> {
  const link = notice.link === null ? "" : `\n\n${notice.link}`;
  const letter = {
    from,
    to,
    subject: notice.title,
    text: `${notice.text}${link}\n`,
    messageId: `<${id}@${from.split("@").at(-1)}>`,
    date: createdAt,
  };
  await inTime(clock, timeoutMs, stop, () => mail(server, letter, timeoutMs).catch(tellMailTrouble));
}

/** A refusal in the mail server's own words stays as it is: it names who or what it does not take. */
function tellMailTrouble(error: Error): never {
  const { code, message } = error as Error & { code?: string };
  if (code === "EENVELOPE" || code === "EMESSAGE") throw error;
  throw new Error(unreachable(message, MAIL_KEYS));
}
