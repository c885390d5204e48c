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
import { choiceReader, countReader, pastReader, TIME_FORMS } from "../terminal/readers.ts";
import { type Cell, type Display, displayOf, jsonText } from "../terminal/render.ts";
import { toneOf } from "../terminal/tones.ts";

/** Which events, and how long. */
export interface EventsArgs extends ServerArgs {
  job?: string;
  run?: string;
  type?: string;
  /** Only events with a greater sequence number. */
  after?: number;
  /** UTC milliseconds. */
  since?: number;
  limit?: number;
  follow?: boolean;
  json?: boolean;
}

/** Waits between tries to connect again, in ms; after the last the command gives up. */
const RECONNECT_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/** Declares the command. */
export function addEvents(program: Command, { host, finish }: Context): void {
  const events = program.command("events").description("list what happened; with --follow also what happens");
  jobOption(events, "only of this job")
    .option("--run <run_id>", "only of this run")
    .option("--type <type>", "only of this type, e.g. run.failed", choiceReader(EVENT_TYPES))
    .option(
      "--after <number>",
      "only events after this number of the sequence",
      countReader(0, Number.MAX_SAFE_INTEGER),
    );
  historyOptions(events, host);
  example(
    serverOptions(jsonOption(events)),
    "schelly events --job postgres --limit 20",
    "schelly events --follow --json",
  );
  events.action(async (options) => finish(await showEvents(await connect(options, host), options, host)));
}

/** `--since`, `--limit`, `--follow`: how much of the past, and whether what comes too. */
export function historyOptions(command: Command, host: Host): Command {
  return command
    .option("--since <time>", `not before this time: ${TIME_FORMS}, or an age such as 7d`, pastReader(host))
    .option(
      "--limit <n>",
      "show at most this many of the past, the newest (default 100, with --since 10000)",
      countReader(1, MOST_EVENTS),
    )
    .option("--follow", "go on with what happens, until interrupted");
}

/** In one answer. */
const MOST_EVENTS = 10_000;
const USUAL_LIMIT = 100;

/** History oldest first, as a log reads; with `follow` then what is new, and with `json` one object a line. */
export async function showEvents(
  client: Client,
  args: EventsArgs,
  host: Host,
  lineOf: LineOf = eventLine,
): Promise<number> {
  const display = displayOf(host);
  const { job, run, type, after, since = -Infinity } = args;
  const limit = args.limit ?? (args.since === undefined ? USUAL_LIMIT : MOST_EVENTS);
  const found = await client.get("/events", EventAnswer.array(), { job, run, type, after, limit });
  const events = found.filter(({ at }) => !(Date.parse(at) < since)).sort((a, b) => a.seq - b.seq);
  const show: Show = (event) =>
    args.json ? host.terminal.out(`${jsonText(event)}\n`) : display.say(...lineOf(event, display));
  if (args.follow) {
    events.forEach(show);
    const newest = Math.max(after ?? 0, ...found.map(({ seq }) => seq));
    return await follow(client, args, newest, show, { host, display });
  }
  if (args.json) display.json(events);
  else if (events.length === 0) display.note(noneText(job));
  else events.forEach(show);
  if (found.length >= MOST_EVENTS && events.length === found.length && args.limit === undefined) {
    display.note(`These are the newest ${MOST_EVENTS}; there are more: see --limit and --after.`);
  }
  return EXIT.ok;
}

/** Runs are kept longer than events. */
function noneText(job: string | undefined): string {
  return job === undefined
    ? "No events."
    : `No events: what became of its runs, which are kept longer, lists 'schelly runs list --job ${job}'.`;
}

type Show = (event: EventAnswer) => void;
/** How an event reads on a line of its own. */
type LineOf = (event: EventAnswer, display: Display) => Cell[];

/** Streams what comes after the event numbered `seen`; a broken stream is taken up where it ended. */
async function follow(
  client: Client,
  args: EventsArgs,
  seen: number,
  show: Show,
  { host, display }: { host: Host; display: Display },
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
        showMessage(message.data, show, display);
        if (host.terminal.outIsClosed?.()) return EXIT.ok;
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

function showMessage(data: string, show: Show, display: Display): void {
  let event: EventAnswer;
  try {
    event = EventAnswer.parse(JSON.parse(data));
  } catch {
    display.note(`An event could not be read: ${data.slice(0, 200)}`);
    return;
  }
  show(event);
}

function eventLine(event: EventAnswer, display: Display): Cell[] {
  const { at, type, job, message } = event;
  return [at, ...levelMark(event, display), ` ${type}${job ? ` ${job}` : ""}: ${message}`];
}

/** What is out of the ordinary says so. */
export function levelMark({ level }: EventAnswer, display: Display): Cell[] {
  if (!level || level === "info") return [];
  return [" ", display.toned(toneOf(level), level.toUpperCase())];
}
