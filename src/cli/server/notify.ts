// `schelly notify list | test`: the channels of notifications, and a message of each kind to try one out.

import { counted } from "../../domain/count_text.ts";
import type { Command } from "commander";
import type { z } from "zod";
import type { Host } from "../../ports/host.ts";
import { NotifyTestView, NotifyView } from "../../ports/views/notify.ts";
import { connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { lenient } from "../client/lenient.ts";
import { EXIT } from "../terminal/exit.ts";
import { type Context, example, jsonOption, serverOptions } from "../terminal/options.ts";
import { type Display, displayOf } from "../terminal/render.ts";

const ListAnswer = lenient(NotifyView, { needed: ["channels", "channels.name", "rules", "rules.to"] });
const TestAnswer = lenient(NotifyTestView, { needed: ["sent", "sent.ok"] });

/** Declares the commands. */
export function addNotify(program: Command, { host, finish }: Context): void {
  const notify = program.command("notify").description(
    "list and test the channels that report a change in a job's health",
  );
  const list = notify.command("list").description("list channels, rules, and what waits to be sent");
  example(serverOptions(jsonOption(list)), "schelly notify list");
  list.action(async (options) => finish(await listChannels(options, host)));
  const test = notify.command("test").description("send a channel one message of each kind")
    .argument("<channel>", "its name in the configuration");
  example(serverOptions(jsonOption(test)), "schelly notify test phone");
  test.action(async (channel, options) => finish(await testChannel(channel, options, host)));
}

async function listChannels(args: ServerArgs & { json?: boolean }, host: Host): Promise<number> {
  const client = await connect(args, host);
  const answer = await client.get("/notify", ListAnswer);
  const display = displayOf(host);
  if (args.json) display.json(answer);
  else await showChannels(answer, display);
  return EXIT.ok;
}

async function showChannels(
  { channels, rules }: z.infer<typeof ListAnswer>,
  display: Display,
): Promise<void> {
  await display.table(
    ["CHANNEL", "TYPE", "WAITING", "SINCE", "WHY"],
    channels.map(({ name, type, waiting, held_jobs: held, oldest, error }) => [
      name,
      type ?? "-",
      String(waiting ?? 0),
      oldest ? display.time(oldest) : "-",
      [...error ? [error] : [], ...held ? [heldText(held)] : []].join("; ") || "-",
    ]),
    "There are no channels: nobody is told of anything. See `notify` in the configuration.",
  );
  for (const { to, on, jobs, repeat_seconds: repeat, quiet, digest } of rules) {
    const parts = [
      `${to.join(", ")}: ${on?.join(" ") ?? "-"}`,
      ...(jobs?.join(" ") === "*" ? [] : [`of ${jobs?.join(" ")}`]),
      repeat ? `again after ${repeat / 3600} h` : "once",
      ...(quiet ? [`not at ${quiet}`] : []),
      ...(digest === "never" ? [] : [`${digest} digest`]),
    ];
    display.print(parts.join("; "));
  }
}

function heldText(jobs: number): string {
  return `news of ${counted(jobs, "job")} wait for the end of quiet hours`;
}

async function testChannel(
  channel: string,
  args: ServerArgs & { json?: boolean },
  host: Host,
): Promise<number> {
  const client = await connect(args, host);
  const path = `/notify/${encodeURIComponent(channel)}/test`;
  const answer = await client.post(path, TestAnswer);
  const display = displayOf(host);
  if (args.json) display.json(answer);
  if (!args.json) showTrial(answer.sent, display);
  return answer.sent.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

/** One line a message; where none was taken for one and the same reason, that reason alone. */
function showTrial(sent: z.infer<typeof TestAnswer>["sent"], display: Display): void {
  const reasons = new Set(sent.map(({ message }) => message ?? "nothing says why"));
  if (sent.length > 1 && reasons.size === 1 && sent.every(({ ok }) => !ok)) {
    display.print(`none of ${sent.length} was taken: ${[...reasons][0]}`);
    return;
  }
  for (const { ok, title, message } of sent) {
    display.print(
      ok ? `taken: ${title ?? "-"}` : `not taken: ${title ?? "-"}: ${message ?? "nothing says why"}`,
    );
  }
}
