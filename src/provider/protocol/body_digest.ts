// Tells whether two starts asked for the same: a digest, because the body itself may hold secrets.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Json } from "../../domain/job.ts";

/** SHA-256 of the body in canonical JSON (keys sorted), in hex; an absent body differs from null. */
export function digestOf(body: Json | undefined): string {
  const bytes = new TextEncoder().encode(body === undefined ? "" : canonical(body));
  // In this turn: what a start does next must not depend on how busy other threads are.
  return bytesToHex(sha256(bytes));
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value);
}
