// Reads the values of options: counts, instants, lengths of time. A bad value is a usage error.

import { InvalidArgumentError, type Option } from "commander";
import { DAY, parseDuration } from "../../domain/duration.ts";
import { parseInstant } from "../../domain/instant.ts";
import type { Host } from "../../ports/host.ts";

/** A whole number between two bounds. */
export function countReader(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** The forms of an instant, for help texts. */
export const TIME_FORMS = "2026-11-23T04:00:00Z, 2026-11-23 (midnight UTC)";

/** Reads an instant. */
export function instantReader(text: string): number {
  const at = parseInstant(text);
  if (at === undefined) throw new InvalidArgumentError(`Expected a time such as ${TIME_FORMS}.`);
  return at;
}

/** Reads an instant, or a length of time back from now. */
export function pastReader(host: Host): (text: string) => number {
  return (text) => instantOrSpan(text, (ms) => host.clock.now() - ms);
}

/** Reads an instant, or a length of time ahead of now: also in whole weeks, months and years (`6w`, `18mo`, `2y`). */
export function futureReader(host: Host): (text: string) => number {
  return (text) => {
    const now = host.clock.now();
    const at = calendarAhead(text, now) ?? instantOrSpan(text, (ms) => now + ms);
    if (at <= now) throw new InvalidArgumentError("It is in the past: expected a time to come.");
    return at;
  };
}

/** Months and years keep the day of the month, or its last one, in UTC. */
function calendarAhead(text: string, now: number): number | undefined {
  const match = /^(\d{1,4})(w|mo|y)$/.exec(text.trim());
  if (match === null) return undefined;
  const count = Number(match[1]);
  const date = new Date(now);
  if (match[2] === "w") return now + count * 7 * DAY;
  const month = date.getUTCMonth() + count * (match[2] === "y" ? 12 : 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  date.setUTCMonth(month, Math.min(date.getUTCDate(), last));
  return date.getTime();
}

function instantOrSpan(text: string, from: (ms: number) => number): number {
  const at = parseInstant(text) ?? spanMs(text, from);
  if (at === undefined || Number.isNaN(new Date(at).getTime())) {
    throw new InvalidArgumentError(`Expected a time such as ${TIME_FORMS}, or a length such as 36h or 7d.`);
  }
  return at;
}

function spanMs(text: string, from: (ms: number) => number): number | undefined {
  const ms = parseDuration(text);
  return ms === null ? undefined : from(ms);
}

/** Reads a length of time such as `90s`, `5m`, `1h30m`, `7d`; milliseconds. */
export function spanReader(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError("Expected a length of time such as 90s, 5m, 1h30m or 7d.");
  return ms;
}

const CHOICES = new WeakMap<object, readonly string[]>();

/** Reads one of a few words. */
export function choiceReader(words: readonly string[]): (text: string) => string {
  const read = (text: string) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Expected one of ${words.join(", ")}.`);
  };
  CHOICES.set(read, words);
  return read;
}

/** The words that a value of the option is one of; empty where it may be any. */
export function choicesOf({ argChoices, parseArg }: Option): readonly string[] {
  return argChoices ?? (parseArg === undefined ? [] : CHOICES.get(parseArg) ?? []);
}
