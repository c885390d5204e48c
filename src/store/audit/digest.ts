// The digest of one chained event: over the one before it, its number and all that is stored of it.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { EventCells } from "../history/event_code.ts";

/** Stands for the digest before the first event. */
export const GENESIS: string = "0".repeat(64);

/** SHA-256, hexadecimal, of a JSON array without spaces: `[before,link,at,type,level,job,run_id,message,data]`. */
export function digestOf(before: string, link: number, event: EventCells): string {
  const { at, type, level, job, runId, message, data } = event;
  const text = JSON.stringify([before, link, at, type, level, job, runId, message, data]);
  return bytesToHex(sha256(new TextEncoder().encode(text)));
}
