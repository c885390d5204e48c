// Reads what an event carries for the counters, which take anything.

import type { Json } from "../domain/job.ts";

/** A word; a number as its digits, and `unknown` for anything else. */
export function word(value: Json | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "unknown";
}

/** A number, null for anything else. */
export function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** A number above zero, else `otherwise`. */
export function positive(value: Json | undefined, otherwise: number): number {
  return typeof value === "number" && value > 0 ? value : otherwise;
}

/** How long it took, in seconds; 0 when it does not say. */
export function seconds(data: Record<string, Json>): number {
  const ms = data.duration_ms;
  return typeof ms === "number" && ms >= 0 ? ms / 1000 : 0;
}
