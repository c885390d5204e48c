// Reads Retry-After, the one way a provider may say when to come again.

import { DAY } from "../../domain/duration.ts";

/** The longest wait that is believed. */
const LONGEST_MS = DAY;

/** The three forms of an HTTP date (RFC 9110, 5.6.7); `Date.parse` alone would take nearly anything. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/**
 * Milliseconds from `nowMs` that a Retry-After asks to wait: whole seconds or an HTTP date, at most 24 h.
 * Undefined when there is none, when it is neither, or when it lies in the past.
 */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_MS);
  if (!HTTP_DATES.some((form) => form.test(text))) return undefined;
  // The third form names no zone: without one it would be read in the zone of this machine.
  const wait = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`) - nowMs;
  return wait >= 0 ? Math.min(wait, LONGEST_MS) : undefined;
}
