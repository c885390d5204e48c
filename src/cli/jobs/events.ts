// `schelly events`: what happened, as history or, with --follow, as it happens.

import type { Command } from "commander";
import { EVENT_TYPES } from "../../ports/events.ts";
import type { Host } from "../../ports/host.ts";
import { EventAnswer } from "../client/answers.ts";
import { type Client, connect } from "../client/client.ts";
import type { ServerArgs } from "../client/discovery.ts";
import { readEventStream } from "../client/event_stream.ts";
import { EXIT, Failure } from "../terminal/exit.ts";
import { type Context, example, jobOption, jsonOption, serverOptions } from "../terminal/options.ts";
import { choiceReader, countReader } from "../terminal/readers.ts";
import { type Display, displayOf, jsonText } from "../terminal/render.ts";

interface EventsArgs extends ServerArgs {
  job?: string;
  run?: string;
  type?: string;
  /** Only events with a greater sequence number. */
  after?: number;
  limit?: number;
  follow?: boolean;
  json?: boolean;
}

/** Waits between tries to connect again, in ms; after the last the command gives up. */
const RECONNECT_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** Declares the command. */
export function addEvents(program: Command, { host, finish }: Context): void {
  const events = program.command("events").description("what happened; with --follow also what happens");
  jobOption(events, "only of this job")
    .option("--run <run_id>", "only of this run")
    .option("--type <type>", "only of this type, e.g. run.failed", choiceReader(EVENT_TYPES))
    .option(
      "--after <seq>",
      "only events after this sequence number",
      countReader(0, Number.MAX_SAFE_INTEGER),
    )
    .option(
      "--limit <n>",
      "at most so many of the past: the newest, or with --after the oldest",
      countReader(1, 10_000),
      100,
    )
    .option("--follow", "go on with what happens, until interrupted");
  example(
    serverOptions(jsonOption(events)),
    "schelly events --job postgres --limit 20",
    "schelly events --follow --json",
  );
  events.action(async (options) => finish(await showEvents(options, host)));
}

/** History oldest first, as a log reads; with `follow` then what is new, and with `json` one object a line. */
async function showEvents(args: EventsArgs, host: Host): Promise<number> {
  const client = await connect(args, host);
  const display = displayOf(host);
  const { job, run, type, after, limit } = args;
  const found = await client.get("/events", EventAnswer.array(), { job, run, type, after, limit });
  const events = [...found].sort((a, b) => a.seq - b.seq);
  if (args.follow) {
    for (const event of events) printOne(event, args, host, display);
    return await follow(client, args, events.at(-1)?.seq ?? after ?? 0, host, display);
  }
  if (args.json) display.json(events);
  else if (events.length === 0) display.note("No events.");
  else for (const event of events) display.print(lineOf(event));
  return EXIT.ok;
}

/** Streams what comes after the event numbered `seen`; a broken stream is taken up where it ended. */
async function follow(
  client: Client,
  args: EventsArgs,
  seen: number,
  host: Host,
  display: Display,
): Promise<number> {
  const { job, run, type } = args;
  let last = String(seen);
  for (let failures = 0;;) {
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": last };
      const response = await client.open("/events", { query: { job, run, type }, headers });
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        throw new Failure(
          EXIT.failed,
          `Cannot follow the events of ${client.name}: it answered ${response.status}`,
          response.status,
        );
      }
      for await (const message of readEventStream(response.body)) {
        failures = 0;
        last = message.id ?? last;
        printMessage(message.data, args, host, display);
      }
      display.note("The stream of events has ended; connecting again.");
    } catch (error) {
      if (error instanceof Failure && error.code !== EXIT.unreachable) throw error;
      const wait = RECONNECT_MS[failures];
      if (wait === undefined) throw error;
      display.note(`${(error as Error).message}; trying again in ${wait / 1000} s.`);
    }
    await host.clock.sleep(RECONNECT_MS[failures++] ?? 0);
  }
}

function printMessage(data: string, args: EventsArgs, host: Host, display: Display): void {
  let event: EventAnswer;
  try {
    event = EventAnswer.parse(JSON.parse(data));
  } catch {
    display.note(`An event could not be read: ${data.slice(0, 200)}`);
    return;
  }
  printOne(event, args, host, display);
}

function printOne(event: EventAnswer, args: EventsArgs, host: Host, display: Display): void {
  if (args.json) host.terminal.out(`${jsonText(event)}\n`);
  else display.print(lineOf(event));
}

function lineOf(event: EventAnswer): string {
  const level = event.level && event.level !== "info" ? ` ${event.level.toUpperCase()}` : "";
  return `${event.at}${level} ${event.type}${event.job ? ` ${event.job}` : ""}: ${event.message}`;
}
