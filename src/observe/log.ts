// Events become log lines: text for people at a terminal, JSON lines for everything else.

import { iso } from "../domain/instant.ts";
import { STEERING } from "../domain/steering.ts";
import type { EngineEvent, EventLevel, EventSink } from "../ports/events.ts";

/** How and where to write. */
export interface LogOptions {
  /** Events below this are left out. */
  level: EventLevel;
  format: "text" | "json";
  /** Colours the level of text lines. */
  colour?: boolean;
  /** Takes one line without its end. */
  write(line: string): void;
}

const RANK: Record<EventLevel, number> = { debug: 0, info: 1, warning: 2, error: 3 };
const WORD: Record<EventLevel, string> = { debug: "DEBUG", info: "INFO ", warning: "WARN ", error: "ERROR" };
const COLOUR: Record<EventLevel, string> = {
  debug: "\x1b[2m",
  info: "",
  warning: "\x1b[33m",
  error: "\x1b[31m",
};

/** Makes the log; nothing an event holds can begin a new line or steer a terminal. */
export function createLog(options: LogOptions): EventSink {
  const render = options.format === "json"
    ? jsonLine
    : (event: EngineEvent) => textLine(event, options.colour ?? false);
  return {
    emit(event) {
      if (RANK[event.level] < RANK[options.level]) return;
      try {
        options.write(render(event));
      } catch {
        // A log that cannot be written must not stop a backup, and there is nowhere left to say so.
      }
    },
  };
}

/** `2026-03-01T23:59:59.000Z INFO  message job=a run_id=… key=value` */
function textLine(event: EngineEvent, colour: boolean): string {
  const level = colour && COLOUR[event.level] !== ""
    ? `${COLOUR[event.level]}${WORD[event.level]}\x1b[0m`
    : WORD[event.level];
  const fields = { job: event.job, run_id: event.runId, ...event.data };
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ` ${escapeControl(key).replaceAll(" ", "_")}=${valueText(value)}`);
  return `${iso(event.at)} ${level} ${escapeControl(event.message)}${pairs.join("")}`;
}

function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isPlain = text !== "" && !/["\s=]/.test(text);
  return escapeControl(isPlain || typeof value !== "string" ? text : JSON.stringify(text));
}

/** One object a line; what an event brings never replaces the fields of ours. */
function jsonLine(event: EngineEvent): string {
  const line: Record<string, unknown> = {
    time: iso(event.at),
    level: event.level,
    event: event.type,
    message: event.message,
  };
  if (event.job !== undefined) line.job = event.job;
  if (event.runId !== undefined) line.run_id = event.runId;
  for (const [key, value] of Object.entries(event.data ?? {})) {
    line[Object.hasOwn(line, key) ? `data_${key}` : key] = value;
  }
  return escapeControl(JSON.stringify(line));
}

/**
 * Control characters, line separators and marks that turn the direction of text, as `\uXXXX`.
 * That is valid inside JSON strings too, where none of them stands bare.
 */
function escapeControl(text: string): string {
  return text.replace(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
