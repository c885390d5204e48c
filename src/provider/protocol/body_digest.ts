// Tells whether two starts asked for the same: a digest, because the body itself may hold secrets.

import type { Json } from "../../domain/job.ts";

/** SHA-256 of the body in canonical JSON (keys sorted), in hex; an absent body differs from null. */
export async function digestOf(body: Json | undefined): Promise<string> {
  const bytes = new TextEncoder().encode(body === undefined ? "" : canonical(body));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const fields = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`);
    return `{${fields.join(",")}}`;
  }
  return JSON.stringify(value);
}
